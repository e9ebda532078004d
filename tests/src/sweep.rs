//! Runs a command under `strace` again and again, with a fault at its first, second, third ... system call.

use crate::command::{Ran, Scene};
use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Calls that change what is on disk.
pub const CHANGING: &str = "write,pwrite64,writev,pwritev,pwritev2,ftruncate,fallocate,fsync,fdatasync,\
     rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat,chmod,fchmod,fchmodat,chown,fchownat";

/// What happens at the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed before the call is made.
    Kill,
    /// The call fails with an input or output error.
    Io,
    /// The call fails because the volume is full.
    Full,
}

impl Fault {
    /// An error makes sense of calls that change something; of any other call a program may expect what it likes.
    #[must_use]
    pub fn asked() -> Vec<Self> {
        match Reach::asked() {
            Reach::Changing => vec![Self::Kill, Self::Io, Self::Full],
            Reach::Every => vec![Self::Kill],
        }
    }

    fn inject(self) -> &'static str {
        match self {
            Self::Kill => "signal=KILL",
            Self::Io => "error=EIO",
            Self::Full => "error=ENOSPC",
        }
    }
}

/// Which calls a sweep reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those that change what is on disk.
    Changing,
    /// All that the command makes.
    Every,
}

impl Reach {
    /// `Every` with `LIFEBOAT_KILL_AT=every-call`, as `cargo xtask soak kill` sets it.
    #[must_use]
    pub fn asked() -> Self {
        match std::env::var("LIFEBOAT_KILL_AT").as_deref() {
            Ok("every-call") => Self::Every,
            _ => Self::Changing,
        }
    }
}

/// The calls at which faults are injected.
fn calls(scene: &Scene, args: &[&str], reach: Reach) -> Vec<String> {
    let filter = match reach {
        Reach::Every => "all",
        Reach::Changing => CHANGING,
    };
    let log = tempfile::NamedTempFile::new().unwrap();
    let trial = scene.fork();
    let traced = strace(&trial, args, log.path(), &["-e", &format!("trace={filter}")]);
    drop(traced);
    let trace = std::fs::read_to_string(log.path()).unwrap();
    let mut names: Vec<String> = trace.lines().filter_map(call_name).collect();
    names.sort();
    names.dedup();
    names
}

/// `1234 pwrite64(5, ...` gives `pwrite64`.
fn call_name(line: &str) -> Option<String> {
    let (before, _) = line.split_once('(')?;
    let name = before.split_whitespace().last()?;
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| name.to_owned())
}

/// Runs `args` on a fork of `scene` once for each call that it makes, and hands each outcome to `check`. Gives
/// the number of faults that were injected.
///
/// `strace` counts each kind of call on each thread by itself, so the sweep goes kind by kind; the command
/// changes state on one thread (docs/adr/0007-one-blocking-thread.md), so every single call is reached.
///
/// # Panics
/// Where `strace` cannot be started, or a check fails.
pub fn sweep(scene: &Scene, args: &[&str], fault: Fault, mut check: impl FnMut(&Scene, &str, &Ran)) -> u32 {
    sweep_within(Reach::asked(), scene, args, fault, 1, &mut check)
}

/// As [`sweep`], but of the many writes of pages only every so-manieth, unless every call was asked for: for commands that write
/// whole copies of their own before they touch the database.
///
/// # Panics
/// As [`sweep`].
pub fn sweep_sampled(
    scene: &Scene,
    args: &[&str],
    fault: Fault,
    stride: usize,
    mut check: impl FnMut(&Scene, &str, &Ran),
) -> u32 {
    let stride = if Reach::asked() == Reach::Every { 1 } else { stride };
    sweep_within(Reach::asked(), scene, args, fault, stride, &mut check)
}

/// As [`sweep`], at the calls that change something whatever was asked: for sweeps within sweeps, where a kill
/// between two changes would leave what the next change finds.
///
/// # Panics
/// As [`sweep`].
pub fn sweep_changes(
    scene: &Scene,
    args: &[&str],
    fault: Fault,
    mut check: impl FnMut(&Scene, &str, &Ran),
) -> u32 {
    sweep_within(Reach::Changing, scene, args, fault, 1, &mut check)
}

fn sweep_within(
    reach: Reach,
    scene: &Scene,
    args: &[&str],
    fault: Fault,
    stride: usize,
    check: &mut dyn FnMut(&Scene, &str, &Ran),
) -> u32 {
    let mut count = 0;
    for call in calls(scene, args, reach) {
        let stride = if call == "pwrite64" { stride } else { 1 };
        for number in (1..).step_by(stride) {
            let trial = scene.fork();
            let (injected, ran) = strike(&trial, args, fault, &call, number);
            if !injected {
                break;
            }
            count += 1;
            check(&trial, &format!("{call} {number}"), &ran);
        }
    }
    count
}

/// What a killed run leaves, for each state-changing call at which it may be killed.
///
/// # Panics
/// Where `strace` cannot be started.
pub fn killed_states(scene: &Scene, args: &[&str], mut each: impl FnMut(Scene, &str)) {
    for call in calls(scene, args, Reach::Changing) {
        for number in 1.. {
            let trial = scene.fork();
            if !strike(&trial, args, Fault::Kill, &call, number).0 {
                break;
            }
            each(trial, &format!("{call} {number}"));
        }
    }
}

/// Runs `args` with a fault at the call of this kind and number; tells whether it was reached.
fn strike(scene: &Scene, args: &[&str], fault: Fault, call: &str, number: u32) -> (bool, Ran) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let trace = format!("trace={call}");
    let inject = format!("inject={call}:{}:when={number}", fault.inject());
    let output = strace(scene, args, log.path(), &["-e", &trace, "-e", &inject]);
    let killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
    let trace = std::fs::read_to_string(log.path()).unwrap_or_default();
    (killed || trace.contains("(INJECTED)"), output.into())
}

fn strace(scene: &Scene, args: &[&str], log: &Path, options: &[&str]) -> Output {
    let inner = scene.command(args);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(log).args(options);
    command.arg(inner.get_program()).args(inner.get_args().map(OsStr::to_owned));
    command.current_dir(scene.folder()).stdin(Stdio::null());
    command.output().expect("apt-get install -y strace")
}
