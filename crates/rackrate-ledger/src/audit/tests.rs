//! Whatever hands do to a trail, some flaw is found; and the format is the documented one.

use proptest::prelude::*;
use rackrate_core::clock::Wall;

use super::{Checkpoint, Digest, Event, Fact, Flaw, Head, Line, MemoryTrail};
use crate::suite::whole::Whole;

fn trail(lines: u32) -> Whole {
    let mut trail = MemoryTrail::default();
    let event = |at: u32| Event {
        at: Wall(i64::from(at)),
        fact: Fact::Closed,
    };
    let events: Vec<_> = (0..lines).map(event).collect();
    trail.append(&events).unwrap();
    let (trail, lines) = trail.whole();
    Whole { trail, lines }
}

fn flaws(whole: &Whole) -> Vec<Flaw> {
    whole.verdict(&[]).flaws
}

/// What a hand does.
#[derive(Clone, Debug)]
enum Hand {
    Body,
    Previous,
    Digest,
    /// The line's text and its digest, as if it had always been so.
    Forge,
    Drop,
    Swap,
    Double,
    CutBehind,
}

fn any_hand() -> impl Strategy<Value = Hand> {
    prop::sample::select(vec![
        Hand::Body,
        Hand::Previous,
        Hand::Digest,
        Hand::Forge,
        Hand::Drop,
        Hand::Swap,
        Hand::Double,
        Hand::CutBehind,
    ])
}

fn flip(text: &mut String, at: usize) {
    let mut bytes = text.clone().into_bytes();
    let at = at % bytes.len();
    bytes[at] ^= 1;
    *text = String::from_utf8(bytes).unwrap();
}

fn lay_on(lines: &mut Vec<Line>, hand: &Hand, at: usize, byte: usize) {
    match hand {
        Hand::Body => flip(&mut lines[at].body, byte),
        Hand::Previous => flip(&mut lines[at].previous.0, byte),
        Hand::Digest => flip(&mut lines[at].digest.0, byte),
        Hand::Forge => {
            let line = &mut lines[at];
            flip(&mut line.body, byte);
            line.digest = Digest::of(line.seq, &line.previous, &line.body);
        }
        Hand::Drop => drop(lines.remove(at)),
        Hand::Swap => {
            let (one, other) = (at, (at + 1) % lines.len());
            let (first, second) = (lines[one].seq, lines[other].seq);
            lines.swap(one, other);
            (lines[one].seq, lines[other].seq) = (first, second);
        }
        Hand::Double => {
            let mut copy = lines[at].clone();
            copy.seq = lines.len() as u64 + 1;
            lines.push(copy);
        }
        Hand::CutBehind => lines.truncate(at),
    }
}

proptest! {
    #[test]
    fn no_single_change_goes_unseen(
        (lines, at) in (2_u32..9).prop_flat_map(|lines| (Just(lines), 0..lines as usize)),
        hand in any_hand(),
        byte in 0_usize..500,
    ) {
        let mut trail = trail(lines);
        prop_assert!(flaws(&trail).is_empty());
        lay_on(&mut trail.lines, &hand, at, byte);
        prop_assert!(!flaws(&trail).is_empty(), "{:?} of line {}", hand, at + 1);
    }

    #[test]
    fn lines_of_two_trails_do_not_go_together(at in 1_usize..6) {
        let (mut one, mut head) = (trail(6), Head::of_new("another".to_owned()));
        let mut other = Vec::new();
        for line in &one.lines {
            let line = Line::after(&head, &line.event().unwrap()).unwrap();
            head.moved_to(&line);
            other.push(line);
        }
        one.lines.truncate(at);
        one.lines.extend(other.drain(at..));
        one.trail.head.digest = one.lines[5].digest.clone();
        let line = at as u64 + 1;
        prop_assert_eq!(flaws(&one), vec![Flaw::Spliced { line }]);
    }
}

/// Only what was kept elsewhere shows that all was put back to an earlier state.
#[test]
fn a_rolled_back_trail_is_found_by_a_kept_checkpoint_alone() {
    let whole = trail(5);
    let kept = Checkpoint {
        chain: whole.trail.head.chain.clone(),
        line: 5,
        digest: whole.trail.head.digest.clone(),
        at: Wall(9),
        key: String::new(),
        signature: String::new(),
    };
    let back = trail(3);
    assert!(flaws(&back).is_empty());
    let judged = back.verdict(std::slice::from_ref(&kept));
    assert_eq!(judged.flaws, [Flaw::Rewritten { line: 5 }]);
    assert!(whole.verdict(&[kept]).flaws.is_empty());
}

/// The bytes that docs/audit.md promises to auditors.
#[test]
fn the_hash_is_over_what_the_documentation_says() {
    let line = &trail(2).lines[1];
    let mut text = Vec::new();
    for part in [
        b"rackrate audit line 1".as_slice(),
        &2_u64.to_le_bytes(),
        line.previous.as_str().as_bytes(),
        line.body.as_bytes(),
    ] {
        text.extend((part.len() as u64).to_le_bytes());
        text.extend(part);
    }
    assert_eq!(line.body, r#"{"at":1,"what":"closed"}"#);
    assert_eq!(line.digest.as_str(), blake3::hash(&text).to_hex().as_str());
}
