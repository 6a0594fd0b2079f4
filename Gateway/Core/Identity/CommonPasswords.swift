/// What people choose when they do not choose: the words and the walks along keys that fill every published
/// list of leaked passwords. A password that consists of a few of them is refused, however long.
///
/// In lower case, letters and digits only: `GuessableShape` brings a password into that form first.
enum CommonPasswords {
    static let words: [[UInt8]] = """
        password passwort passwd passphrase pass pwd secret secreto geheim parola wachtwoord motdepasse contrasena
        letmein letme welcome willkommen bienvenue hello hallo bonjour hola admin administrator root superuser user
        username login logon signin guest test testing tester tester demo default temp temporary changeme change
        access master manager system server service support security secure office company business work
        computer internet network windows linux ubuntu debian google facebook amazon apple microsoft samsung yahoo
        iloveyou love lovely loveyou loveme forever friend friends family mother father mommy daddy baby babygirl
        princess prince angel angels sunshine sunflower flower flowers summer winter spring autumn
        january february march april june july august september october november december
        monday tuesday wednesday thursday friday saturday sunday today
        dragon monkey tiger lion eagle panther shadow batman superman spiderman starwars pokemon naruto
        football baseball basketball soccer hockey tennis liverpool chelsea arsenal barcelona juventus realmadrid
        michael jordan jennifer jessica daniel thomas charlie andrew joshua matthew robert william ashley amanda
        nicole hannah maria anna michelle george alexander anthony
        cheese chocolate cookie cookies banana orange pepper ginger coffee pizza
        purple yellow green black white silver golden rainbow diamond crystal blue red gold
        mustang harley ferrari porsche corvette mercedes yamaha honda
        freedom liberty peace heaven jesus christ jesuschrist god bless blessed amen trust trustno trustnoone
        whatever nothing something anything killer ninja hunter ranger soldier matrix phoenix lucky magic
        qwerty qwertz azerty qwertyuiop qwertzuiop azertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm yxcvbnm
        qazwsx wsxedc edcrfv zaqwsx qweasd qweasdzxc asdzxc qaz wsx edc abc abcd abcdef abcdefgh xyz qwe asd zxc
        the is my your our this that and not for you are with new one two three four five
        very super strong long good best please
        fill fillgate gateway scheduler schedule planner plan plant pharma line vial vials filling lot lots
        """.split(whereSeparator: \.isWhitespace).map { Array($0.utf8) }

    /// Rows of keyboards, digits and the alphabet, each read forwards, backwards and round its end.
    static let tracks: [[UInt8]] = [
        "1234567890", "0123456789", "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "1q2w3e4r5t6y7u8i9o0p",
        "qwertyuiopasdfghjklzxcvbnm", "!@#$%^&*()",
    ].map { Array($0.utf8) }
}
