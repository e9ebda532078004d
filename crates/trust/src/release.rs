//! What a target says of the release that it is. All of it is signed; nothing is read from a file name.

use crate::digest::Sha256Sum;
use crate::error::TrustError;
use crate::json::Json;
use crate::signed::Fields;

/// Field of `custom` that holds a release.
pub(crate) const FIELD: &str = "lifeboat";

/// Longest text of a release, in bytes.
const LONGEST: usize = 64;

/// What is inside an artifact, where that is known: what a patch may rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// SHA-256 sum of the payload.
    pub sha256: Sha256Sum,
}

/// A release, as its publisher signed it. Texts are short and printable; what they mean is not judged here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Version of the application.
    pub version: String,
    /// Channel.
    pub channel: String,
    /// Operating system and processor.
    pub platform: String,
    /// For one user or for the machine.
    pub scope: String,
    /// Versions below this one must update.
    pub minimum_version: Option<String>,
    /// Share of installations, in percent, that shall take it now.
    pub rollout_percent: u8,
    /// What is inside.
    pub payload: Option<Payload>,
    /// SHA-256 sum of the notes.
    pub notes: Option<Sha256Sum>,
}

impl Release {
    pub(crate) fn json(&self) -> Json {
        let Json::Object(mut fields) = Json::object([
            ("version", Json::text(&self.version)),
            ("channel", Json::text(&self.channel)),
            ("platform", Json::text(&self.platform)),
            ("scope", Json::text(&self.scope)),
            ("rollout-percent", Json::Integer(i64::from(self.rollout_percent))),
        ]) else {
            unreachable!("because an object was made")
        };
        let sum = |sum: &Sha256Sum| Json::text(sum.to_string());
        let optional = [
            ("minimum-version", self.minimum_version.as_ref().map(Json::text)),
            ("payload-sha256", self.payload.as_ref().map(|payload| sum(&payload.sha256))),
            ("notes-sha256", self.notes.as_ref().map(sum)),
        ];
        fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Json::Object(fields)
    }
}

/// Reads the release of a target; none where `custom` speaks of other things.
pub(crate) fn read(custom: &Fields<'_>, json: &Json) -> Result<Option<Release>, TrustError> {
    let Json::Object(fields) = json else { return Ok(None) };
    let Some(release) = fields.get(FIELD) else { return Ok(None) };
    let fields = custom.inner(release)?;
    let percent = u8::try_from(fields.number("rollout-percent")?).ok().filter(|percent| *percent <= 100);
    let optional = |name: &str| fields.find(name).map(|_| short(&fields, name)).transpose();
    Ok(Some(Release {
        version: short(&fields, "version")?,
        channel: short(&fields, "channel")?,
        platform: short(&fields, "platform")?,
        scope: short(&fields, "scope")?,
        minimum_version: optional("minimum-version")?,
        rollout_percent: percent.ok_or_else(|| fields.malformed("the rollout is no percentage"))?,
        payload: sum(&fields, "payload-sha256")?.map(|sha256| Payload { sha256 }),
        notes: sum(&fields, "notes-sha256")?,
    }))
}

fn short(fields: &Fields<'_>, name: &str) -> Result<String, TrustError> {
    let text = fields.text(name)?;
    let is_plain = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain {
        Ok(text.to_owned())
    } else {
        Err(fields.malformed(format!("{name} is no short plain text")))
    }
}

fn sum(fields: &Fields<'_>, name: &str) -> Result<Option<Sha256Sum>, TrustError> {
    if fields.find(name).is_none() {
        return Ok(None);
    }
    let parsed = Sha256Sum::parse(fields.text(name)?);
    parsed.map(Some).ok_or_else(|| fields.malformed(format!("{name} is no SHA-256 sum")))
}
