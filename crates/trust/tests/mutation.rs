//! Whatever is changed on the share: it is refused, or it means exactly what it meant.

#![allow(clippy::unwrap_used, reason = "it is a test")]

mod share;

use lifeboat_trust::{Freshness, PublicKey, Remembered, Role, TrustError, Trusted};
use serde_json::Value;
use share::{NOW, Share, key, plan};

/// Everything that a client goes by.
fn meaning(trusted: &Trusted) -> impl PartialEq + std::fmt::Debug + use<> {
    let numbers = Role::ALL.map(|role| (trusted.version(role), trusted.expires(role)));
    let fresh: Vec<Freshness> = [0, 370, 900].map(|days| trusted.freshness(NOW.plus_days(days))).into();
    (numbers, trusted.root().clone(), trusted.releases().cloned(), fresh)
}

fn share() -> Share {
    let mut share = Share::with_releases(&["1.0.0"]);
    share.rotate(&plan(&[1, 2, 7], 4, 5, 6), &[key(1), key(2)]);
    share
}

/// Puts other bytes in the place of a file; gives whether they were refused, and panics where they mean another thing.
fn refused(share: &Share, name: &str, hurt: Vec<u8>, what: &str) -> bool {
    let mut changed = share.clone();
    changed.files.insert(name.to_owned(), hurt);
    match changed.look(&Remembered::default()) {
        Err(_) => true,
        Ok(trusted) => {
            let original = share.look(&Remembered::default()).unwrap();
            assert_eq!(meaning(&trusted), meaning(&original), "{name}: {what}");
            false
        }
    }
}

#[test]
fn every_byte_of_every_document() {
    let share = share();
    let read = ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"];
    for name in read {
        let bytes = &share.files[name];
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            refused(&share, name, flipped, &format!("bit flipped in byte {at}"));
            let mut zeroed = bytes.clone();
            zeroed[at..].fill(0);
            assert!(refused(&share, name, zeroed, "a tail of zeros"), "{name} zeroed from {at}");
        }
        for at in (0..bytes.len()).step_by(7) {
            let mut cut = bytes.clone();
            cut.remove(at);
            refused(&share, name, cut, &format!("byte {at} cut out"));
            // The last byte is a line break.
            assert!(refused(&share, name, bytes[..at].to_vec(), "torn"), "{name} torn at {at}");
        }
    }
}

#[test]
fn every_field_of_every_document() {
    let share = share();
    for name in ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"] {
        let document: Value = serde_json::from_slice(&share.files[name]).unwrap();
        for pointer in pointers(&document, "") {
            for replacement in
                [Value::Null, 0.into(), 1.into(), u64::MAX.into(), "".into(), Value::Array(vec![])]
            {
                let mut changed = document.clone();
                let field = changed.pointer_mut(&pointer).unwrap();
                if *field == replacement {
                    continue;
                }
                *field = replacement;
                let bytes = serde_json::to_vec(&changed).unwrap();
                assert!(refused(&share, name, bytes, &pointer), "{name}: {pointer} was not missed");
            }
        }
    }
}

fn pointers(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let below = inner.into_iter().flat_map(|(name, value)| pointers(value, &format!("{at}/{name}")));
    std::iter::once(at.to_owned()).chain(below.collect::<Vec<_>>()).collect()
}

#[test]
fn documents_put_in_each_others_place() {
    let share = share();
    for name in share.files.keys() {
        for (other, bytes) in &share.files {
            if name != other && share.files[name] != *bytes && name != "1.root.json" {
                assert!(
                    refused(&share, name, bytes.clone(), other) || !is_read(name),
                    "{other} was taken for {name}"
                );
            }
        }
    }
}

fn is_read(name: &str) -> bool {
    ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"].contains(&name)
}

#[test]
fn limits_come_before_parsing() {
    let share = share();
    for (role, name) in [(Role::Root, "2.root.json"), (Role::Timestamp, "timestamp.json")] {
        let mut padded = share.files[name].clone();
        padded.resize(lifeboat_trust::limits::bytes_of(role), b' ');
        assert!(!refused(&share, name, padded.clone(), "as large as it may be"));
        padded.push(b' ');
        let mut changed = share.clone();
        changed.files.insert(name.to_owned(), padded);
        let error = changed.look(&Remembered::default()).unwrap_err();
        assert!(matches!(error, TrustError::TooLarge { .. }), "{error}");
    }
}

/// The second form of a signature (s plus the order of the group) is the same to lax verifiers.
#[test]
fn a_signature_has_one_form() {
    let share = share();
    let mut document: Value = serde_json::from_slice(&share.files["timestamp.json"]).unwrap();
    let sig = document["signatures"][0]["sig"].as_str().unwrap().to_owned();
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes: Vec<u8> =
        (0..64).map(|n| u8::from_str_radix(&sig[2 * n..2 * n + 2], 16).unwrap()).collect();
    let mut carry = 0;
    for (byte, more) in bytes[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let other: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    for changed in [other, sig.to_uppercase(), sig[2..].to_owned(), format!("{sig}00")] {
        document["signatures"][0]["sig"] = changed.into();
        assert!(refused(&share, "timestamp.json", serde_json::to_vec(&document).unwrap(), "another form"));
    }
}

/// Points of small order: one signature fits many messages.
#[test]
fn keys_that_vouch_for_anything_are_none() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(PublicKey::ed25519(&identity), None);
    assert_eq!(PublicKey::ed25519(&[0; 32]), None);
}
