//! Our own deadline around calls that the system may keep for minutes: a server that is away blocks a plain open for as long
//! as the redirector likes.
//!
//! Calls run on one thread of their own, one after the other. A thread that is late is left behind: it ends when the system lets
//! it go, its result is dropped, and the next call gets a new one.

use lifeboat_ports::{PortError, PortErrorKind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

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

/// Carries out calls on a share. Whoever waits for his turn is not late.
#[derive(Debug, Default)]
pub(crate) struct Worker(Mutex<Option<Sender<Job>>>);

impl Worker {
    /// Runs work, and gives up where it shows no sign of life for so long.
    pub(crate) fn run<T, F>(
        &self,
        op: &'static str,
        shown: &str,
        limit: Duration,
        work: F,
    ) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Beat) -> Result<T, PortError> + Send + 'static,
    {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (signs, come) = sync_channel::<Sign<T>>(1);
        let alive = signs.clone();
        let job: Job = Box::new(move || {
            // Where nobody listens any more, the result is dropped.
            let beat = Beat(Box::new(move || drop(alive.try_send(Sign::Alive))));
            let _ = signs.send(Sign::Done(work(&beat)));
        });
        let fail = |kind, source: String| Err(PortError::new(kind, op, shown).with_source(source));
        let worker = match jobs.take() {
            Some(worker) => worker,
            None => match begin() {
                Ok(worker) => worker,
                Err(error) => return fail(PortErrorKind::Io, error.to_string()),
            },
        };
        if worker.send(job).is_err() {
            return fail(PortErrorKind::Io, STOPPED.to_owned());
        }
        loop {
            match come.recv_timeout(limit) {
                Ok(Sign::Alive) => {}
                Ok(Sign::Done(result)) => {
                    *jobs = Some(worker);
                    return result;
                }
                Err(RecvTimeoutError::Timeout) => {
                    return fail(
                        PortErrorKind::Unreachable,
                        format!("no answer within {} s", limit.as_secs()),
                    );
                }
                Err(RecvTimeoutError::Disconnected) => return fail(PortErrorKind::Io, STOPPED.to_owned()),
            }
        }
    }
}

const STOPPED: &str = "the worker stopped";

fn begin() -> std::io::Result<Sender<Job>> {
    let (sender, jobs) = channel::<Job>();
    let thread = std::thread::Builder::new().name("lifeboat-share".to_owned());
    thread.spawn(move || jobs.into_iter().for_each(|job| job()))?;
    Ok(sender)
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
        let worker = Worker::default();
        let error = worker.run("read", "share", LIMIT, move |_| {
            let _ = never.recv();
            Ok(())
        });
        assert_eq!(error.unwrap_err().kind(), PortErrorKind::Unreachable);
        assert_eq!(
            worker.run("read", "share", LIMIT, |_| Ok(3)).unwrap(),
            3,
            "the next call has a thread of its own"
        );
        drop(held);
    }

    #[test]
    fn long_work_lives_by_its_signs() {
        let done = Worker::default().run("stage", "share", LIMIT, |beat| {
            pause(10, || beat.alive());
            Ok(7)
        });
        assert_eq!(done.unwrap(), 7);
    }

    #[test]
    fn a_worker_that_panics_is_an_error() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let worker = Worker::default();
        let error = worker.run("read", "share", LIMIT, |_| -> Result<(), PortError> { panic!("planned") });
        std::panic::set_hook(hook);
        assert_eq!(worker.run("read", "share", LIMIT, |_| Ok(3)).unwrap(), 3);
        assert_eq!(error.unwrap_err().kind(), PortErrorKind::Io);
    }
}
