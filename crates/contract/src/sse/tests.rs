use super::*;
use crate::event::encode;
use crate::query;
use inbox::event::{Counts, Event};
use inbox::id::UserId;
use proptest::prelude::*;

fn message(data: &str, id: &str) -> Frame {
    Frame::Message { event: "message".into(), data: data.into(), last_event_id: id.into() }
}

fn whole(bytes: &[u8]) -> Vec<Frame> {
    Parser::default().feed(bytes)
}

/// The stream cut before each of these places.
fn cut(bytes: &[u8], places: &[usize]) -> Vec<Frame> {
    let mut parser = Parser::default();
    let mut frames = Vec::new();
    let mut from = 0;
    for &place in places {
        frames.extend(parser.feed(&bytes[from..place]));
        from = place;
    }
    frames.extend(parser.feed(&bytes[from..]));
    frames
}

/// Case 1: a pair of CR and LF cut in half is one line end.
#[test]
fn a_cut_pair_is_one_line_end() {
    let bytes = b"id: 7\r\ndata: A\r\n\r\n";
    for place in 0..bytes.len() {
        assert_eq!(cut(bytes, &[place]), [message("A", "7")], "{place}");
    }
}

/// Case 2: the mark is skipped once, at the start only.
#[test]
fn a_byte_order_mark_is_skipped_once() {
    let bytes = "\u{feff}data: \u{feff}x\n\n\u{feff}data: y\n\n".as_bytes();
    for place in 0..bytes.len() {
        assert_eq!(cut(bytes, &[0, place]), [message("\u{feff}x", "")], "{place}");
    }
}

#[test]
fn fields_are_read_as_the_standard_says() {
    assert_eq!(whole(b"data\n\ndata\ndata\n\ndata:  a\ndata:b\n\n"), [message("", ""), message("\n", ""), message(" a\nb", "")]);
    assert_eq!(whole(b"event: x\n\ndata: a\n\n"), [message("a", "")]);
    assert_eq!(
        whole(b"id: 1\nid: a\0b\nevent: e\ndata: a\n\n"),
        [Frame::Message { event: "e".into(), data: "a".into(), last_event_id: "1".into() }]
    );
    assert_eq!(
        whole(b"retry: 10\nretry: 1x\nretry: -1\nretry:\nretry: +1\nretry: 99999999999999999999999\n"),
        [Frame::Retry(Duration::from_millis(10))]
    );
    assert_eq!(whole(b"data: unfinished\n"), []);
    assert_eq!(whole(b"foo: bar\ndata: a\n\n"), [message("a", "")]);
    assert_eq!(whole(b"data: \xff\n\n"), [message("\u{fffd}", "")]);
}

/// Case 5: no message where there is no data; the id alone moves.
#[test]
fn an_id_alone_moves_the_cursor() {
    let mut parser = Parser::new("8");
    assert_eq!(parser.feed(b": heartbeat\n\nid: 9\n"), [Frame::Comment("heartbeat".into())]);
    assert_eq!(parser.last_event_id(), "8");
    assert_eq!(parser.feed(b"\n"), [Frame::Id("9".into())]);
    assert_eq!(parser.last_event_id(), "9");
    assert_eq!(parser.feed(b"id\n\n"), [Frame::Id(String::new())]);
}

fn two_events() -> Vec<EncodedEvent> {
    vec![encode(&Event::Reset), encode(&Event::Inbox(Counts { unread: 2, unseen: 1 }))]
}

fn written(types: &str) -> Vec<Frame> {
    let types = query::stream(&format!("types={types}")).unwrap().types;
    let mut out = Vec::new();
    group(&mut out, &two_events(), &ReaderName::new(&UserId::parse("u").unwrap()), &types, "1.c");
    whole(&out)
}

#[test]
fn only_the_last_event_of_a_group_carries_the_cursor() {
    let (reset, inbox) = (r#"{"type":"reset"}"#, r#"{"type":"inbox","unreadCount":2,"unseenCount":1}"#);
    assert_eq!(written("inbox"), [message(reset, ""), message(inbox, "1.c")]);
    assert_eq!(written("broadcast"), [message(reset, ""), Frame::Id("1.c".into())]);
    let mut out = Vec::new();
    group(&mut out, &[], &ReaderName::new(&UserId::parse("u").unwrap()), &Types::ALL, "1.c");
    assert_eq!(whole(&out), [Frame::Id("1.c".into())]);
}

#[test]
fn a_stream_opens_with_its_position() {
    let mut out = Vec::new();
    opening(&mut out, Duration::from_millis(2_345), "1.c");
    heartbeat(&mut out);
    assert_eq!(out, b"retry: 2345\n\nid: 1.c\n\n: heartbeat\n\n");
    assert_eq!(whole(&out), [Frame::Retry(Duration::from_millis(2_345)), Frame::Id("1.c".into()), Frame::Comment("heartbeat".into())]);
}

proptest! {
    /// Cut at every place: the same frames.
    #[test]
    fn where_it_is_cut_does_not_matter(text in "(\u{feff}|(id|data|event|retry|)(: ?)?[a0\u{0}é😀]{0,3}|\r\n|\r|\n|\n\n){0,30}") {
        let bytes = text.as_bytes();
        let frames = whole(bytes);
        for place in 0..=bytes.len() {
            prop_assert_eq!(&cut(bytes, &[place]), &frames, "{}", place);
        }
        let everywhere: Vec<usize> = (0..bytes.len()).collect();
        prop_assert_eq!(cut(bytes, &everywhere), frames);
    }
}

#[test]
fn what_flushes_and_pads_is_a_comment() {
    let mut out = b"data: a\n\n".to_vec();
    for bytes in [out.len() + 1, out.len() + 3, 100] {
        let mut out = out.clone();
        pad(&mut out, bytes);
        assert!((bytes..bytes + 3).contains(&out.len()), "{bytes}: {}", out.len());
        let frames = whole(&out);
        assert!(matches!(&*frames, [first, Frame::Comment(_)] if *first == message("a", "")), "{frames:?}");
    }
    pad(&mut out, 3);
    assert_eq!(out, b"data: a\n\n");
    assert_eq!(whole(FLUSH), [Frame::Comment(String::new())]);
}
