import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SchedulerStore
import SchedulingCore
import ServiceCore

/// What a route knows of the request that it serves.
struct SchedulerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// On every answer and every log line about this request.
    var requestID = ""
    /// Who asks; nil only on the routes that are open.
    var identity: IdentityAssertion?

    init(source: Source) { coreContext = .init(source: source) }

    /// The ID of the user who asks.
    func user() throws(Refusal) -> String {
        guard let identity else { throw .unauthenticated(nil) }
        return identity.sub
    }

    /// What the user may read: their own schedules, and for administrators everybody's.
    func visibility() throws(Refusal) -> Visibility {
        guard let identity else { throw .unauthenticated(nil) }
        return identity.roles.contains("admin") ? .everybody : .owner(identity.sub)
    }
}

extension SchedulerContext {
    /// Who asks, as the verbs on templates want to know it.
    func templateReader() throws(Refusal) -> TemplateReader {
        TemplateReader(user: try user(), visibility: try visibility())
    }
}

/// What happens to every request, whatever its route: request ID, authentication, errors as problems,
/// headers, one log line. It encloses the router's own 404 too.
struct Edge: RouterMiddleware {
    typealias Context = SchedulerContext

    let keys: TrustedKeyStore
    let contract: APIContract
    let logger: Logger

    /// The paths that are open: they tell whether the service lives and what its routes are, and nothing
    /// else.
    static let openPaths = APIRoutes.openPaths.union(["/health", "/ready", "/api/v1/health", "/api/v1/ready"])

    func handle(
        _ request: Request, context: SchedulerContext,
        next: @concurrent (Request, SchedulerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = Self.requestID(of: request)
        var response: Response
        do {
            if !Self.openPaths.contains(request.uri.path) {
                context.identity = try await authenticate(request)
            }
            response = try await next(request, context)
        } catch {
            response = answer(to: refusal(for: error, at: request.uri.path), requestID: context.requestID)
        }
        response.headers[.requestID] = context.requestID
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        log(request, context, response, took: .now - start)
        // The length stays, the body does not (RFC 9110 §9.3.2); refusals come with one.
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// The gateway's ID for this request, or a new one for a caller that sent none of its own making.
    private static func requestID(of request: Request) -> String {
        if let given = request.headers[.requestID], let id = RequestID(validating: given.utf8) {
            return id.description
        }
        return FreshID.make()
    }

    private func authenticate(_ request: Request) async throws(Refusal) -> IdentityAssertion {
        // Two of them would leave open which one was meant.
        let tokens = request.headers[values: .assertion]
        guard let token = tokens.first, tokens.count == 1 else { throw .unauthenticated(nil) }
        do throws(AssertionFault) {
            return try await keys.verify(Array(token.utf8), now: WallClock.now().seconds)
        } catch {
            throw .unauthenticated(error)
        }
    }

    /// What an error means to the caller. A path that there is has other methods.
    private func refusal(for error: any Error, at path: String) -> Refusal {
        let refusal = Refusal(error)
        guard case .noSuchRoute = refusal else { return refusal }
        let methods = contract.methods(at: path)
        return methods.isEmpty ? refusal : .methodNotAllowed(allowed: methods)
    }

    private func answer(to refusal: Refusal, requestID: String) -> Response {
        var problem = refusal.problem
        problem.requestID = requestID
        if let diagnostic = refusal.diagnostic {
            logger.log(
                level: problem.status >= 500 ? .error : .notice, "refused",
                metadata: [
                    "request_id": "\(requestID)", "code": "\(problem.code)", "diagnostic": "\(diagnostic)",
                ])
        }
        var headers: HTTPFields = [.contentType: Problem.mediaType]
        if let seconds = refusal.retryAfter { headers[.retryAfter] = String(seconds) }
        if case .methodNotAllowed(let methods) = refusal {
            headers[.allow] = methods.joined(separator: ", ")
        }
        return Response(
            status: .init(code: problem.status), headers: headers,
            body: .init(byteBuffer: WireJSON.encode(problem)))
    }

    private func log(_ request: Request, _ context: SchedulerContext, _ response: Response, took: Duration) {
        let milliseconds = Double(took.components.seconds) * 1e3 + Double(took.components.attoseconds) / 1e15
        logger.info(
            "request",
            metadata: [
                "request_id": "\(context.requestID)", "method": "\(request.method.rawValue)",
                "path": "\(request.uri.path)", "status": "\(response.status.code)",
                "user": "\(context.identity?.sub ?? "-")", "ms": "\((milliseconds * 100).rounded() / 100)",
            ])
    }
}

extension Refusal {
    /// What an error thrown by a route, the router or the body's reader means to the caller.
    init(_ error: any Error) {
        switch error {
        case let refusal as Refusal: self = refusal
        case let faults as InputFaults: self = .invalidInput(faults.faults)
        case let fault as StoreFault: self = .store(fault)
        case let error as any HTTPResponseError:
            self = error.status == .notFound ? .noSuchRoute : .unexpected("\(error)")
        default: self = .unexpected("\(type(of: error)): \(error)")
        }
    }
}
