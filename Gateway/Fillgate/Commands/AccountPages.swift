import GatewayCore

extension AccountStore {
    /// Hands every account to `body`, a page at a time, in the order of their addresses' bytes: however many
    /// there are, one page is in memory.
    func eachPage(_ body: ([Account]) throws -> Void) async throws {
        var cursor: String?
        repeat {
            let page = try await page(after: cursor)
            try body(page.accounts)
            cursor = page.cursor
        } while cursor != nil
    }
}
