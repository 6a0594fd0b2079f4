import HTTPTypes
import Hummingbird
import Synchronization

/// All routes with their descriptions, in the order in which they were added.
final class APIContract: Sendable {
    struct Route: Sendable {
        var method: HTTPRequest.Method
        /// With parameters in braces, such as `/api/v1/schedule/{id}`.
        var path: String
        var operation: Operation
    }

    private let state = Mutex<[Route]>([])

    var routes: [Route] { state.withLock { $0 } }

    fileprivate func add(_ route: Route) { state.withLock { $0.append(route) } }

    /// The methods that there are at `path`, for `Allow`; none if there is no such path. As the router does,
    /// takes the pattern that says most of the path in so many words: `config/default` is no `config/{id}`.
    func methods(at path: String) -> [String] {
        let wanted = Self.segments(path)
        let matching = routes.filter { Self.matches(Self.segments($0.path), wanted) }
        let literals = { (route: Route) in Self.segments(route.path).count { !$0.hasPrefix("{") } }
        guard let most = matching.map(literals).max() else { return [] }
        let found = matching.filter { literals($0) == most }.map(\.method.rawValue)
        return Set(found + (found.contains("GET") ? ["HEAD"] : [])).sorted()
    }

    private static func segments(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: true)
    }

    private static func matches(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        pattern.count == path.count && zip(pattern, path).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
}

/// Adds routes below a path to the router. A route comes with its description, or not at all.
struct DescribedRoutes {
    typealias Handler = @Sendable (Request, SchedulerContext) async throws -> Response

    private let group: RouterGroup<SchedulerContext>
    private let base: String
    private let contract: APIContract

    /// - Parameter base: The path of `group`, such as `/api/v1`; empty for the root.
    init(_ router: Router<SchedulerContext>, below base: String, in contract: APIContract) {
        group = router.group(RouterPath(base))
        self.base = base
        self.contract = contract
    }

    func get(_ path: String, _ operation: Operation, use handler: @escaping Handler) {
        add(.get, path, operation, handler)
    }

    func post(_ path: String, _ operation: Operation, use handler: @escaping Handler) {
        add(.post, path, operation, handler)
    }

    func put(_ path: String, _ operation: Operation, use handler: @escaping Handler) {
        add(.put, path, operation, handler)
    }

    func delete(_ path: String, _ operation: Operation, use handler: @escaping Handler) {
        add(.delete, path, operation, handler)
    }

    private func add(
        _ method: HTTPRequest.Method, _ path: String, _ operation: Operation, _ handler: @escaping Handler
    ) {
        group.on(RouterPath(path), method: method, use: handler)
        contract.add(.init(method: method, path: "\(base)/\(path)", operation: operation))
    }
}
