//! Rooms.

use super::*;

#[test]
fn rooms_are_found_by_topic_and_members() {
    let room = |topic: &str, members: &[&str]| {
        let member = |who: &&str| json!({"UserName": name(9, who), "NickName": who});
        let members: Vec<_> = members.iter().map(member).collect();
        json!({"NickName": topic, "MemberList": members, "HeadImgUrl": ""})
    };
    let friends = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let mut first = Login::begin(1, Book::new());
    first.see(&name(1, "room1"), room("hikers", &friends));
    first.see(&name(1, "room2"), room("work", &["K", "L", "M"]));
    first.see(&name(1, "room3"), room("", &["P", "Q", "R"]));
    first.see(&name(1, "room4"), room("", &["X", "Y"]));
    first.see(&name(1, "room5"), room("", &["X", "Y"]));
    // A person of the same name is no room.
    first.see(&name(1, "a"), json!({"NickName": "work"}));
    first.resolver.settle();

    let mut second = Login::begin(2, first.saved());
    // Another topic, and one of eight left.
    second.see(&name(2, "room1"), room("climbers", &friends[1..]));
    second.see(&name(2, "room2"), room("work", &["K", "L", "M", "N"]));
    second.see(&name(2, "room3"), room("", &["R", "P", "Q"]));
    second.see(&name(2, "room4"), room("", &["X", "Y"]));
    second.see(&name(2, "room6"), room("", &["P", "Q", "S", "T"]));
    second.see(&name(2, "a"), json!({"NickName": "work"}));
    second.resolver.settle();
    for (who, confidence, by) in [
        ("room1", Confidence::Probable, Evidence::Members),
        ("room2", Confidence::Strong, Evidence::Members),
        ("room3", Confidence::Probable, Evidence::Members),
        ("a", Confidence::Weak, Evidence::Name),
    ] {
        let (before, after) = (
            first.identity(&name(1, who)),
            second.identity(&name(2, who)),
        );
        assert_eq!(before, after, "{who}");
        assert_eq!(second.confidence(&name(2, who)), (confidence, by), "{who}");
    }
    let twins = second.is(&name(2, "room4"));
    assert!(
        matches!(&twins, Resolution::Ambiguous(two) if two.len() == 2),
        "{twins:?}"
    );
    assert!(matches!(second.is(&name(2, "room6")), Resolution::New(_)));
}

/// Everybody's rooms have oneself in them.
#[test]
fn oneself_is_no_sign_of_a_room() {
    let see = |login: &mut Login, nth, others: &[&str]| {
        let member = |who: &&str| json!({"UserName": name(nth, who), "NickName": who});
        let mut members: Vec<_> = others.iter().map(member).collect();
        let me = profile(nth, ME).id;
        members.push(json!({"UserName": me.user_name(), "NickName": "bot"}));
        let id = login.see(&name(nth, "room"), json!({"MemberList": members}));
        login.resolver.settle();
        login.resolver.resolve(&id)
    };
    let mut first = Login::begin(1, Book::new());
    let before = see(&mut first, 1, &["A", "B", "C"]);
    let mut second = Login::begin(2, first.saved());
    let after = see(&mut second, 2, &["A", "B"]);
    assert!(matches!(after, Resolution::New(_)));
    assert_ne!(after, before);
}
