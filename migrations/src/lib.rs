//! Schemas that Lifeboat ships, as data. Nothing here runs them; `checksums.lock` keeps them unchanged.

/// One step of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// File name without its ending: number and name.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
}

/// The schema of the demonstration shop.
pub const DEMO: &[Step] = &[Step { name: "0001_shop", sql: include_str!("../demo/0001_shop.sql") }];
