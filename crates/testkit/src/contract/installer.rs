//! The contract of `Installer`.

use super::clauses;
use lifeboat_domain::update::{Launch, Scope};
use lifeboat_ports::{InstallRights, Installer, PortErrorKind};

/// An installer, and programs for it.
pub trait InstallerFixture {
    /// The port.
    fn installer(&self) -> &dyn Installer;
    /// A program that writes its arguments down and ends with this status.
    fn program(&self, status: i32) -> String;
    /// A program name that leads to nothing.
    fn absent(&self) -> String;
    /// The arguments of the last program that ran.
    fn arguments(&self) -> Vec<String>;
}

clauses! { dyn InstallerFixture:
    a_program_tells_how_it_ended,
    a_program_that_is_not_there_is_not_started,
    arguments_arrive_as_they_were_given,
    nobody_needs_more_rights_for_himself,
}

fn launch(program: String, arguments: &[&str]) -> Launch {
    Launch { program, arguments: arguments.iter().map(|word| (*word).to_owned()).collect(), tail: None }
}

async fn a_program_tells_how_it_ended(f: &dyn InstallerFixture) {
    for status in [0, 7] {
        let started = f.installer().start(&launch(f.program(status), &[])).await.unwrap();
        assert_eq!(started.wait().await.unwrap(), Some(status));
    }
}

async fn a_program_that_is_not_there_is_not_started(f: &dyn InstallerFixture) {
    let Err(error) = f.installer().start(&launch(f.absent(), &[])).await else { panic!("it started") };
    assert_eq!(error.kind(), PortErrorKind::NotFound);
}

async fn arguments_arrive_as_they_were_given(f: &dyn InstallerFixture) {
    let words = ["/S", "a b", "$HOME", "*", "", "\"quoted\"", "K\u{e4}se"];
    let started = f.installer().start(&launch(f.program(0), &words)).await.unwrap();
    started.wait().await.unwrap();
    assert_eq!(f.arguments(), words);
}

async fn nobody_needs_more_rights_for_himself(f: &dyn InstallerFixture) {
    assert_eq!(f.installer().rights(Scope::PerUser).await.unwrap(), InstallRights::Enough);
}
