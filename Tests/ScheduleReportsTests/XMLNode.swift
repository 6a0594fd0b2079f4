import Foundation
import FoundationXML

/// A parsed element with what is in it.
final class XMLNode {
    let name: String
    let attributes: [String: String]
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLNode] = []

    fileprivate init(name: String, attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }

    /// Every element of that name below this one, in the order of the text.
    func all(_ name: String) -> [XMLNode] {
        children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) }
    }

    /// - Throws: if `text` is not well-formed.
    convenience init(parsing text: String) throws {
        let reader = Reader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        guard parser.parse() else { throw NotXML(text: String(text.prefix(200))) }
        self.init(name: "", attributes: [:])
        children = reader.root.children
    }

    struct NotXML: Error { var text: String }

    private final class Reader: NSObject, XMLParserDelegate {
        let root = XMLNode(name: "", attributes: [:])
        private lazy var open = [root]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            let node = XMLNode(name: name, attributes: attributes)
            open.last?.children.append(node)
            open.append(node)
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            open.removeLast()
        }

        func parser(_ parser: XMLParser, foundCharacters characters: String) {
            open.last?.text += characters
        }
    }
}
