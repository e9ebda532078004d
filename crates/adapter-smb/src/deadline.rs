//! Our own deadline around calls that the system may keep for minutes: a server that is away blocks a plain open for as long
//! as the redirector likes.
//!
//! The call runs on a thread of its own. One that is late is left behind: it ends when the system lets it go, and its result
//! is dropped.

use lifeboat_ports::{PortError, PortErrorKind};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

enum Sign<T> {
    Alive,
    Done(Result<T, PortError>),
}

/// A sign of life from work that takes long because there is much of it.
pub(crate) struct Beat(Box<dyn Fn() + Send>);

impl Beat {
    /// The deadline begins anew.
    pub(crate) fn alive(&self) {
        (self.0)();
    }
}

/// Runs work on a thread, and gives up where it shows no sign of life for so long.
pub(crate) fn run<T, F>(op: &'static str, shown: &str, limit: Duration, work: F) -> Result<T, PortError>
where
    T: Send + 'static,
    F: FnOnce(&Beat) -> Result<T, PortError> + Send + 'static,
{
    let (signs, come) = sync_channel::<Sign<T>>(1);
    let alive: SyncSender<Sign<T>> = signs.clone();
    let thread = std::thread::Builder::new().name("lifeboat-share".to_owned()).spawn(move || {
        // Where nobody listens any more, the result is dropped.
        let beat = Beat(Box::new(move || drop(alive.try_send(Sign::Alive))));
        let _ = signs.send(Sign::Done(work(&beat)));
    });
    thread.map_err(|e| PortError::new(PortErrorKind::Io, op, shown).with_source(e))?;
    loop {
        match come.recv_timeout(limit) {
            Ok(Sign::Alive) => {}
            Ok(Sign::Done(result)) => return result,
            Err(RecvTimeoutError::Timeout) => {
                let late = format!("no answer within {} s", limit.as_secs());
                return Err(PortError::new(PortErrorKind::Unreachable, op, shown).with_source(late));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let source = "the worker stopped";
                return Err(PortError::new(PortErrorKind::Io, op, shown).with_source(source));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(200);

    fn pause(times: u32, between: impl Fn()) {
        for _ in 0..times {
            std::thread::sleep(Duration::from_millis(60));
            between();
        }
    }

    #[test]
    fn work_that_never_answers_is_left_behind() {
        let (held, never) = sync_channel::<()>(0);
        let error = run("read", "share", LIMIT, move |_| {
            let _ = never.recv();
            Ok(())
        });
        assert_eq!(error.unwrap_err().kind(), PortErrorKind::Unreachable);
        drop(held);
    }

    #[test]
    fn long_work_lives_by_its_signs() {
        let done = run("stage", "share", LIMIT, |beat| {
            pause(10, || beat.alive());
            Ok(7)
        });
        assert_eq!(done.unwrap(), 7);
    }

    #[test]
    fn a_worker_that_panics_is_an_error() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let error = run("read", "share", LIMIT, |_| -> Result<(), PortError> { panic!("planned") });
        std::panic::set_hook(hook);
        assert_eq!(error.unwrap_err().kind(), PortErrorKind::Io);
    }
}
