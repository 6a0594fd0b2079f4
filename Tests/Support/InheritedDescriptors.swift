import Foundation

/// What a program that a test starts must not inherit: sockets and pipes of the tests beside it, which would
/// stay open as long as that program runs.
enum InheritedDescriptors {
    private typealias AddCloseFrom =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// glibc has this function since 2.34 and shows it to C programs that ask for its extensions only.
    private static let addCloseFrom: AddCloseFrom? =
        dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
            // SAFETY: the C library's function of this name has this type in every version that has it.
            unsafeBitCast($0, to: AddCloseFrom.self)
        }

    /// Has the child close every descriptor from `first` on.
    static func close(from first: Int32, in actions: inout posix_spawn_file_actions_t) {
        guard let addCloseFrom, addCloseFrom(&actions, first) == 0 else {
            fatalError("this C library cannot close the descriptors of a child; glibc 2.34 can")
        }
    }
}
