import CSchedulerPages
import CSharedPages
import ServiceWeb

/// The files of the scheduler's pages.
enum SchedulerFiles {
    /// Loaded once, at the first use.
    static let all = PageFiles([shared_pages(), scheduler_pages()], below: "/app/assets")

    /// The last segment of a page's address, and the file that it is; the first is where the planner begins.
    static let pages = [
        "": "schedules.html", "new": "new.html", "schedule": "schedule.html", "compare": "compare.html",
        "templates": "templates.html",
    ]
}
