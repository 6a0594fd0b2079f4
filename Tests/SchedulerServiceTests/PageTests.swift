import Foundation
import TestSupport
import Testing

@testable import SchedulerService

@Suite("The planner's pages")
struct PageTests {
    private let scheduler: RunningScheduler

    init() async throws { scheduler = try await SchedulerFixture().start() }

    @Test("each page is HTML that nobody keeps, and names files that are there")
    func pages() async throws {
        for (path, _) in SchedulerFiles.pages {
            let page = try await scheduler.ask(.GET, "/app/\(path)")
            #expect(page.status == 200, "\(path)")
            #expect(page.headers["Content-Type"] == ["text/html; charset=utf-8"])
            #expect(page.headers["Cache-Control"] == ["no-store"])
            let files = page.text.matches(of: /"(\/app\/assets\/[^"]+)"/).map { String($0.1) }
            #expect(files.count >= 3, "\(path)")
            for file in files {
                #expect(try await scheduler.ask(.GET, file).status == 200, "\(file) of \(path)")
            }
        }
    }

    @Test("no page has a script or a style within it, and every file that a module names is there")
    func modules() {
        let all = SchedulerFiles.all
        for name in all.names {
            let text = String(decoding: all[name]?.bytes ?? [], as: UTF8.self)
            if name.hasSuffix(".html") {
                #expect(
                    text.firstMatch(of: /<script(?![^>]*src=)|<style|style=|\son[a-z]+=/) == nil, "\(name)")
            }
            // What has no fingerprint was not found among the files.
            #expect(text.firstMatch(of: /"\.\/[a-z-]+\.(js|css|svg)"|\{files\}/) == nil, "\(name)")
        }
    }

    @Test(
        "a file is the browser's for ever under its fingerprint, compressed, and asked for anew under another"
    )
    func files() async throws {
        let address = SchedulerFiles.all.address(of: "planner.css")
        let file = try await scheduler.ask(.GET, address, headers: ["Accept-Encoding": "gzip"])
        #expect(file.headers["Cache-Control"] == ["private, max-age=31536000, immutable"])
        #expect(file.headers["Content-Encoding"] == ["gzip"])
        #expect(file.headers["Vary"] == ["Accept-Encoding"])
        let plain = try await scheduler.ask(.GET, address)
        #expect(plain.headers["Content-Encoding"] == [])
        #expect(plain.text.contains("@import"))
        let old = try await scheduler.ask(.GET, "/app/assets/000000000000.planner.css")
        #expect(old.headers["Cache-Control"] == ["no-cache"])
        #expect(old.body == plain.body)
    }

    @Test(
        "what there is no page or file for is 404",
        arguments: [
            "/app/nothing", "/app/assets/nothing", "/app/assets/000000000000.nothing.js",
            "/app/schedules.html",
        ])
    func absent(path: String) async throws {
        #expect(try await scheduler.ask(.GET, path).status == 404)
    }

    @Test("no page is served as a file, and the address without a slash leads to the first page")
    func addresses() async throws {
        #expect(try await scheduler.ask(.GET, SchedulerFiles.all.address(of: "new.html")).status == 404)
        let first = try await scheduler.ask(.HEAD, "/app")
        #expect(first.status == 308)
        #expect(first.headers["Location"] == ["/app/"])
    }

    @Test("pages and files are for those whom the gateway vouches for")
    func strangers() async throws {
        for path in ["/app/", "/app/new", SchedulerFiles.all.address(of: "api.js")] {
            #expect(try await scheduler.ask(.GET, path, as: nil).status == 401)
        }
    }
}
