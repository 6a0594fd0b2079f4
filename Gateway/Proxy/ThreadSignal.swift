import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Wakes one thread that has nothing to do: a counting semaphore of POSIX.
final class ThreadSignal: @unchecked Sendable {
    // SAFETY: a sem_t may be used by any thread at any time; it lives at one address until nobody uses it.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0, errno == EINTR {}
    }

    /// Starts a thread that runs `body`; answers whether there is one.
    static func detach(_ body: @escaping @Sendable () -> Void) -> Bool {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        // SAFETY: the box is retained here and released by the thread that takes it, exactly once.
        let context = Unmanaged.passRetained(Box(body)).toOpaque()
        let result = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context)
        if result != 0 { Unmanaged<Box>.fromOpaque(context).release() }
        return result == 0
    }
}
