/// Whether a request that changes something, authenticated by what a browser attaches by itself, was made by
/// a page of this very origin (Fetch Metadata; RFC 6454).
package enum CrossSiteCheck {
    /// `fetchSite` and `origin` are the fields' values, nil where absent; `ownOrigin` is scheme, `://` and host as the
    /// client wrote it. A request that says nothing about its origin is refused: browsers do say.
    package static func allows(fetchSite: String?, origin: String?, ownOrigin: String) -> Bool {
        if let fetchSite { return fetchSite == "same-origin" || fetchSite == "none" }
        guard let origin else { return false }
        return origin.lowercased() == ownOrigin.lowercased()
    }

    /// The milder rule for a login form: it has no session to abuse yet, so only a request that says that it
    /// comes from elsewhere is refused.
    package static func contradicts(fetchSite: String?, origin: String?, ownOrigin: String) -> Bool {
        guard fetchSite != nil || origin != nil else { return false }
        return !allows(fetchSite: fetchSite, origin: origin, ownOrigin: ownOrigin)
    }
}
