use super::*;
use proptest::collection::btree_map;
use proptest::prelude::*;

fn seqs() -> impl Strategy<Value = Seq> {
    (0..=limits::SEQ_MAX).prop_map(Seq)
}

fn tags() -> impl Strategy<Value = FeedTag> {
    any::<[u8; 6]>().prop_map(FeedTag)
}

fn slots() -> impl Strategy<Value = Slot> {
    (seqs(), any::<u8>()).prop_map(|(born, place)| Slot { born, place })
}

fn positions() -> impl Strategy<Value = Position> {
    btree_map(any::<[u8; 6]>(), (seqs(), 0..=HOUR_MAX), 1..=12)
        .prop_map(|feeds| Position(feeds.into_iter().map(|(tag, (n, hour))| Segment { feed: FeedTag(tag), n, hour }).collect()))
}

fn page_cursors() -> impl Strategy<Value = PageCursor> {
    (any::<i64>(), tags(), slots(), tags(), slots(), seqs(), any::<u32>()).prop_map(|(created, feed, slot, own, below, head, filter)| {
        PageCursor { after: ListKey { created: Moment::from_millis(created), feed, slot }, own, below, head, filter }
    })
}

proptest! {
    #[test]
    fn positions_come_back(position in positions()) {
        let text = position_text(&position);
        prop_assert!(text.len() < CURSOR_BYTES && text.bytes().all(|b| b.is_ascii_graphic()));
        prop_assert_eq!(parse_position(&text), Ok(position));
    }

    #[test]
    fn a_segments_first_eight_characters_name_its_feed(tag in tags(), a in seqs(), b in seqs(), hour in 0..=HOUR_MAX) {
        let one = segment_text(&Segment { feed: tag, n: a, hour });
        let other = segment_text(&Segment { feed: tag, n: b, hour: 0 });
        prop_assert_eq!(one.len(), 19);
        prop_assert_eq!(&one[..8], &other[..8]);
    }

    #[test]
    fn page_cursors_come_back(cursor in page_cursors()) {
        prop_assert_eq!(parse_page(&page_text(&cursor)), Ok(cursor));
    }

    #[test]
    fn task_cursors_come_back(slot in slots(), tag in tags()) {
        prop_assert_eq!(parse_task_page(&task_page_text(slot, tag)), Ok((slot, tag)));
    }

    #[test]
    fn ids_come_back(feed in tags(), slot in slots()) {
        let id = NotificationId { feed, slot };
        prop_assert_eq!(id_text(id).len(), 16);
        prop_assert_eq!(parse_id(&id_text(id)), Ok(id));
    }

    /// Whatever is read is written the same: no second text for a value, and no panic.
    #[test]
    fn a_value_has_one_text(text in "(1\\.|1p|1t)?[A-Za-z0-9_~-]{0,60}|\\PC{0,60}") {
        if let Ok(position) = parse_position(&text) {
            prop_assert_eq!(position_text(&position), text.clone());
        }
        if let Ok(cursor) = parse_page(&text) {
            prop_assert_eq!(page_text(&cursor), text.clone());
        }
        if let Ok((slot, tag)) = parse_task_page(&text) {
            prop_assert_eq!(task_page_text(slot, tag), text.clone());
        }
        if let Ok(id) = parse_id(&text) {
            prop_assert_eq!(id_text(id), text);
        }
    }

    #[test]
    fn one_changed_character_never_panics(position in positions(), at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut bytes = position_text(&position).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = with;
        if let After::Position(read) = after(Some(&bytes)) {
            prop_assert_eq!(position_text(&read).into_bytes(), bytes);
        }
    }
}

#[test]
fn garbage_is_refused() {
    let good = "1.AQEBAQEBAAAAACsHehA";
    assert!(parse_position(good).is_ok());
    let twice = format!("{good}~{}", &good[2..]);
    let long = format!("1.{}", vec![&good[2..]; 40].join("~"));
    for bad in [
        "",
        "1",
        "1.",
        "1.~",
        "2.AQEBAQEBAAAAACsHehA",
        "1.AQEBAQEBAAAAACsHehB",
        "1.AQEBAQEBAAAAACsHehA=",
        "1.AQEBAQEBAAAAACsHehA~",
        &twice,
        &long,
    ] {
        assert_eq!(parse_position(bad), Err(Unreadable), "{bad}");
    }
}

/// Case 6: bytes that are no ASCII are a cursor that cannot be read, not the lack of one.
#[test]
fn after_is_never_silently_now() {
    assert_eq!(after(None), After::Now);
    for bad in [&b""[..], "Привет".as_bytes(), &[0xff, 0xfe], b"41"] {
        assert_eq!(after(Some(bad)), After::Unreadable);
    }
}
