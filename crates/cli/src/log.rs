//! Log lines on standard error. They carry names, counts and codes, never row values.

use tracing_subscriber::EnvFilter;

/// Starts logging: warnings, with `-v` what happens, with `-vv` every step; `LIFEBOAT_LOG` overrides.
pub(crate) fn start(verbose: u8) {
    let default = match verbose {
        0 => "error",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("LIFEBOAT_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_timer(tracing_subscriber::fmt::time::uptime())
        .with_ansi(false);
    subscriber.init();
}
