//! The one type through which identifiers of user tables enter a statement.

use std::fmt;

/// An identifier in double quotes, quotes inside doubled (SQLite, lang_keywords.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuotedIdent(String);

impl QuotedIdent {
    /// Quotes any name, the empty one included.
    pub(crate) fn new(name: &str) -> Self {
        let mut quoted = String::with_capacity(name.len() + 2);
        quoted.push('"');
        for c in name.chars() {
            if c == '"' {
                quoted.push('"');
            }
            quoted.push(c);
        }
        quoted.push('"');
        Self(quoted)
    }
}

impl fmt::Display for QuotedIdent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What may stand in the place of a `{hole}` of a statement file.
#[derive(Debug, Clone)]
pub(crate) enum Fill {
    /// An identifier.
    Ident(QuotedIdent),
    /// Identifiers, separated by commas.
    Idents(Vec<QuotedIdent>),
    /// Columns of an alias, separated by commas.
    Of(&'static str, Vec<QuotedIdent>),
    /// The same identifiers as a trigger sees them before or after the write.
    Images(Image, Vec<QuotedIdent>),
    /// A number.
    Number(i64),
    /// An expression of the schema, as the engine itself gives it.
    OfSchema(String),
    /// So many parameters, separated by commas.
    Parameters(usize),
    /// Columns that compare bit by bit, whatever their collation.
    Binary(Vec<QuotedIdent>),
    /// Each column equals its parameter.
    Matches(Vec<QuotedIdent>),
    /// Each column gets its parameter.
    Assignments(Vec<QuotedIdent>),
    /// Fragments that are filled statement files themselves, joined by a keyword.
    Joined(Vec<Statement>, Joint),
}

/// The keyword between fragments.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Joint {
    /// All must hold.
    And,
    /// Any must hold.
    Or,
    /// Their bits together.
    Bits,
    /// One after the other.
    Then,
}

/// Which row a trigger means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Image {
    /// As it was.
    Old,
    /// As it will be, or is.
    New,
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "OLD",
            Self::New => "NEW",
        })
    }
}

/// So many fragments share a bracket: the engine refuses expressions that are nested more than a thousand deep.
const BRACKET: usize = 50;

/// A statement file with its holes filled: the only text besides the files themselves that is prepared.
#[derive(Debug, Clone)]
pub(crate) struct Statement(String);

impl Statement {
    /// Fills every `{hole}` of a statement file.
    pub(crate) fn fill(template: &'static str, holes: &[(&str, Fill)]) -> Self {
        let body = template.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
        let mut text = String::with_capacity(body.len());
        let mut rest = body.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (hole, tail) = after.split_once('}').expect("because a statement file closes its holes");
            text.push_str(before);
            let fill = holes.iter().find(|(name, _)| *name == hole);
            let (_, fill) = fill.expect("because the caller fills every hole of its statement file");
            text.push_str(&fill.text());
            rest = tail;
        }
        text.push_str(rest);
        Self(text)
    }

    /// The text to prepare.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Fill {
    /// An identifier by its bare name.
    pub(crate) fn ident(name: &str) -> Self {
        Self::Ident(QuotedIdent::new(name))
    }

    /// Several identifiers by their bare names.
    pub(crate) fn idents(names: &[&str]) -> Self {
        Self::Idents(names.iter().map(|name| QuotedIdent::new(name)).collect())
    }

    /// Columns of an alias by their bare names.
    pub(crate) fn columns_of(alias: &'static str, names: &[String]) -> Self {
        Self::Of(alias, names.iter().map(|name| QuotedIdent::new(name)).collect())
    }

    /// Columns that compare bit by bit, by their bare names.
    pub(crate) fn bit_by_bit(names: &[&str]) -> Self {
        Self::Binary(names.iter().map(|name| QuotedIdent::new(name)).collect())
    }

    /// A row is found by the values of these columns.
    pub(crate) fn matches(names: &[&str]) -> Self {
        Self::Matches(names.iter().map(|name| QuotedIdent::new(name)).collect())
    }

    /// A row gets values for these columns.
    pub(crate) fn assignments(names: &[&str]) -> Self {
        Self::Assignments(names.iter().map(|name| QuotedIdent::new(name)).collect())
    }

    /// Several columns as a trigger sees them; the sign takes their affinity away and changes nothing else.
    pub(crate) fn images(image: Image, names: &[&str]) -> Self {
        Self::Images(image, names.iter().map(|name| QuotedIdent::new(name)).collect())
    }

    fn text(&self) -> String {
        match self {
            Self::Ident(ident) => ident.to_string(),
            Self::Idents(idents) => idents.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            Self::Of(alias, idents) => {
                idents.iter().map(|ident| format!("{alias}.{ident}")).collect::<Vec<_>>().join(", ")
            }
            Self::Number(number) => number.to_string(),
            Self::OfSchema(expression) => expression.clone(),
            Self::Parameters(count) => vec!["?"; *count].join(", "),
            Self::Binary(idents) => {
                idents.iter().map(|ident| format!("{ident} COLLATE BINARY")).collect::<Vec<_>>().join(", ")
            }
            Self::Matches(idents) => parameters(idents).join(" AND "),
            Self::Assignments(idents) => parameters(idents).join(", "),
            Self::Images(image, idents) => {
                idents.iter().map(|ident| format!("+{image}.{ident}")).collect::<Vec<_>>().join(", ")
            }
            Self::Joined(parts, joint) => {
                let parts: Vec<&str> = parts.iter().map(Statement::as_str).collect();
                joint.join(&parts)
            }
        }
    }
}

fn parameters(idents: &[QuotedIdent]) -> Vec<String> {
    idents.iter().map(|ident| format!("{ident} = ?")).collect()
}

impl Joint {
    fn join(self, parts: &[&str]) -> String {
        let keyword = match self {
            Self::And => ") AND (",
            Self::Or => ") OR (",
            Self::Bits => ") | (",
            Self::Then => return parts.join(";\n    "),
        };
        if parts.len() <= BRACKET {
            return format!("({})", parts.join(keyword));
        }
        let brackets: Vec<String> = parts.chunks(BRACKET).map(|some| self.join(some)).collect();
        self.join(&brackets.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_braces_in_names_stay_names() {
        let filled = Statement::fill("-- why\nA {t} B {t}", &[("t", Fill::ident(r#"x"y{z}"#))]);
        assert_eq!(filled.as_str(), r#"A "x""y{z}" B "x""y{z}""#);
    }
}
