use proptest::prelude::*;
use wx_proto::{
    clean,
    message::{Mention, mention_text, mentions},
};

#[test]
fn a_name_counts_up_to_a_blank_a_mark_or_the_end() {
    for text in [
        "@阿禾\u{2005}走吗",
        "@阿禾 走吗",
        "@阿禾\u{3000}走吗",
        "@阿禾\n走吗",
        "@阿禾，走吗",
        "@阿禾, 走吗",
        "@阿禾?",
        "走吗 @阿禾",
        "走吗@阿禾",
        "ok@阿禾\u{2005}",
        "@竹\u{2005}@阿禾\u{2005}",
        "@阿禾禾 还是 @阿禾",
        "@@阿禾 ",
    ] {
        assert_eq!(mentions(text, "阿禾", Some("")), Mention::Yes, "{text:?}");
    }
    for text in [
        "阿禾 走吗",
        "@阿禾走吗",
        "@阿 禾",
        "@阿",
        "@ 阿禾",
        "ok@阿禾",
        "@阿禾.txt",
        "",
        "@",
    ] {
        assert_eq!(mentions(text, "阿禾", Some("")), Mention::No, "{text:?}");
    }
}

#[test]
fn the_name_in_the_room_counts_like_the_nick_name() {
    assert_eq!(mentions("@领队 走吗", "阿禾", Some("领队")), Mention::Yes);
    assert_eq!(mentions("@阿禾 走吗", "阿禾", Some("领队")), Mention::Yes);
    assert_eq!(mentions("@竹 走吗", "阿禾", Some("领队")), Mention::No);
    assert_eq!(mentions("@ 走吗", "", Some("")), Mention::No);
}

#[test]
fn without_the_name_in_the_room_an_unknown_name_may_be_the_own_one() {
    assert_eq!(mentions("@领队 走吗", "阿禾", None), Mention::Unknown);
    assert_eq!(mentions("@领队 @阿禾 走吗", "阿禾", None), Mention::Yes);
    assert_eq!(mentions("走吗", "阿禾", None), Mention::No);
    for text in ["@_@", "@.@ 累", "a@b.example", "a.b@c", "@ 走吗", "@@", "@"] {
        assert_eq!(mentions(text, "阿禾", None), Mention::No, "{text}");
    }
}

#[test]
fn everybody_is_a_value_of_its_own_and_the_own_name_goes_first() {
    for text in [
        "@所有人\u{2005}走吗",
        "@all 走吗",
        "@All\u{2005}",
        "走吗 @所有人",
    ] {
        for in_room in [Some(""), Some("领队"), None] {
            assert_eq!(mentions(text, "阿禾", in_room), Mention::All, "{text}");
        }
    }
    assert_eq!(mentions("@所有人 @阿禾 走", "阿禾", None), Mention::Yes);
    assert_eq!(mentions("@allan 走", "阿禾", Some("")), Mention::No);
    // Somebody may be called so.
    assert_eq!(mentions("@all 走", "all", Some("")), Mention::Yes);
}

#[test]
fn a_longer_name_with_a_blank_in_it_is_somebody_else() {
    assert_eq!(mentions("@Bob Lee\u{2005}hi", "Bob", Some("")), Mention::No);
    assert_eq!(
        mentions("@Bob Lee\u{2005}hi", "Bob Lee", Some("")),
        Mention::Yes
    );
    assert_eq!(
        mentions("@Bob ask @Al\u{2005}", "Bob", Some("")),
        Mention::Yes
    );
    assert_eq!(mentions("@Bob hi", "Bob", Some("")), Mention::Yes);
}

#[test]
fn names_and_texts_are_compared_as_people_see_them() {
    let name = clean("春<span class=\"emoji emoji1f37a\"></span>&amp;");
    let text = clean("@春<span class=\"emoji emoji1f37a\"></span>&amp;\u{2005}几点");
    assert_eq!(mentions(&text, &name, Some("")), Mention::Yes);
    assert_eq!(
        mentions(&clean("@春🍺&amp; 几点"), &name, Some("")),
        Mention::Yes
    );
}

/// Everybody chooses their own name.
#[test]
fn a_name_neither_ends_its_mention_nor_its_line() {
    let name = "Bob\u{2005}@阿禾\u{2005}收到\n请\r\u{2028}\u{1b}[2J";
    let text = mention_text(&[name], "hi");
    assert_eq!(text, "@Bob ＠阿禾 收到 请   [2J\u{2005}hi");
    assert_eq!(mentions(&text, "阿禾", Some("")), Mention::No);
    let text = mention_text(&["Eve @所有人"], "welcome");
    assert_eq!(mentions(&text, "阿禾", Some("")), Mention::No);
}

proptest! {
    #[test]
    fn whoever_is_written_is_found(
        names in prop::collection::vec("[^@\u{2005}\u{2028}\u{2029}\\p{Cc}]{1,8}", 1..4),
        rest in any::<String>(),
        which in any::<prop::sample::Index>(),
    ) {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let text = mention_text(&names, &rest);
        let nick: &str = names[which.index(names.len())];
        prop_assert_eq!(mentions(&text, nick, Some("")), Mention::Yes);
        prop_assert!(text.ends_with(&rest));
    }

    #[test]
    fn any_texts_can_be_compared(text in "[@a阿 \u{2005}.,_]{0,40}", nick in "[@a阿 .]{0,3}", room in proptest::option::of("[@a ]{0,2}")) {
        let found = mentions(&text, &nick, room.as_deref());
        prop_assert!(text.contains('@') || found == Mention::No);
        prop_assert!(room.is_none() || found != Mention::Unknown);
    }
}
