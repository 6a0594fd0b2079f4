"""What every server of a rig can have done to it, whatever it serves."""

import signal

from .program import Program


class Server:
    """Runs as one program at a time; how that is started is each server's own."""

    program: Program | None = None

    @property
    def running(self) -> Program:
        """The program; fails where there was no start."""
        assert self.program is not None, f"{type(self).__name__} was not started"
        return self.program

    def pause(self) -> None:
        """Hangs with its connections open: the kernel accepts more of them, but nobody reads."""
        self.running.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.running.send(signal.SIGCONT)

    def kill(self) -> None:
        """At once, paused or not; nothing happens where it does not run."""
        if self.program:
            self.program.kill()

    def stop(self) -> int:
        """SIGTERM and the exit status; 0 where it was not started."""
        return self.program.stop() if self.program else 0
