package import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// Addresses as the kernel tells them, of sockets that NIO has not opened.
extension SocketAddress {
    /// The address that `descriptor` is bound to; nil where it is no socket, or of another family than IPv4, IPv6 and
    /// Unix.
    package static func bound(to descriptor: CInt) -> SocketAddress? {
        told { getsockname(descriptor, $0, $1) }.address
    }

    /// What `call` answers, and the address that it wrote: nil where it failed, or for another family.
    static func told(
        by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> (result: CInt, address: SocketAddress?) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: a `sockaddr_storage` has room for every kind of address, and is read as the kind that it says.
        return withUnsafeMutablePointer(to: &storage) { pointer in
            let result = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
            guard result >= 0 else { return (result, nil) }
            let address: SocketAddress? =
                switch Int32(pointer.pointee.ss_family) {
                case AF_INET:
                    pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                        SocketAddress($0.pointee)
                    }
                case AF_INET6:
                    pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                        SocketAddress($0.pointee)
                    }
                case AF_UNIX:
                    pointer.withMemoryRebound(to: sockaddr_un.self, capacity: 1) {
                        SocketAddress($0.pointee)
                    }
                default: nil
                }
            return (result, address)
        }
    }
}
