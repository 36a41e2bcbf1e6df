//! Contacts, the start of a session, rooms.

use wx_proto::{
    ContactKind, Roster, clean,
    endpoint::{contact::ContactRecord, webwxbatchgetcontact, webwxgetcontact, webwxinit},
};
use wx_sim::{server::Setup, world::World};

use crate::common::*;

const INIT: &[u8] = include_bytes!("../../testdata/replies/webwxinit.json");

/// The contacts of a page with these records.
fn contacts(records: &str) -> Vec<ContactRecord> {
    let body = format!(
        "{{\"BaseResponse\":{{\"Ret\":0}},\"Count\":149,\"MemberList\":[{records}],\"Seq\":0}}"
    );
    webwxgetcontact::parse(body.as_bytes()).unwrap().contacts
}

fn contact(record: &str) -> ContactRecord {
    contacts(record).remove(0)
}

fn init(members: &str) -> webwxinit::Reply {
    let body = format!("{{\"BaseResponse\":{{\"Ret\":0}},{members}}}");
    webwxinit::parse(body.as_bytes()).unwrap()
}

/// A roster in which a sync has changed these records, in order.
fn roster(changes: &[&str]) -> Roster {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    for change in changes {
        let sync = format!(
            "{{\"BaseResponse\":{{\"Ret\":0}},\"ModContactList\":[{change}],\"DelContactList\":[]}}"
        );
        let news = "window.synccheck={retcode:\"0\",selector:\"4\"}";
        world.server_mut().plant("synccheck", 1, page(200, news));
        world.server_mut().plant("webwxsync", 1, page(200, sync));
        world.run_for(60 * SECOND);
    }
    world.client(bot).roster().clone()
}

#[test]
fn oddity_42_counts_are_not_lengths() {
    let reply = webwxinit::parse(INIT).unwrap();
    assert_ne!(usize::try_from(reply.count).unwrap(), reply.contacts.len());
    let room = contact(r#"{"UserName":"@@r","MemberCount":80,"MemberList":[{"UserName":"@a"}]}"#);
    assert_eq!(
        (room.member_count, room.member_list.unwrap().len()),
        (Some(80), 1)
    );
    assert_eq!(contacts(r#"{"UserName":"@a"},{"UserName":"@b"}"#).len(), 2);
}

#[test]
fn oddity_43_filehelper_comes_twice_and_is_one() {
    let reply = init(
        r#""ContactList":[{"UserName":"filehelper","NickName":"一"},{"UserName":"@a"},{"UserName":"filehelper","NickName":"一"}],"ChatSet":"filehelper,@a,filehelper,""#,
    );
    assert_eq!((reply.contacts.len(), reply.chat_set.len()), (3, 3));
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let roster = world.client(bot).roster();
    assert_eq!(
        roster
            .iter()
            .filter(|c| c.id.user_name() == "filehelper")
            .count(),
        1
    );
}

#[test]
fn oddity_44_the_list_of_chats_ends_in_a_comma_or_not_and_mixes_all_kinds() {
    for list in ["filehelper,@a,@@r,weixin,", "filehelper,@a,@@r,weixin"] {
        let reply = init(&format!("\"ChatSet\":\"{list}\""));
        assert_eq!(reply.chat_set, ["filehelper", "@a", "@@r", "weixin"]);
    }
}

#[test]
fn oddity_45_members_come_without_names_first_and_keep_the_ones_they_have() {
    let named = r#"{"UserName":"@@room","NickName":"茶山行","MemberList":[{"UserName":"@a","NickName":"阿禾"},{"UserName":"@b","NickName":"竹"}]}"#;
    let bare = r#"{"UserName":"@@room","NickName":"茶山行","MemberList":[{"UserName":"@a","KeyWord":"wxi"},{"UserName":"@b"}]}"#;
    let roster = roster(&[named, bare]);
    let names: Vec<_> = roster
        .find("@@room")
        .unwrap()
        .members()
        .map(|m| m.name().into_owned())
        .collect();
    assert_eq!(names, ["阿禾", "竹"]);
}

#[test]
fn oddity_46_an_unnamed_room_is_called_after_its_members() {
    let room = r#"{"UserName":"@@room","NickName":"","MemberList":[{"UserName":"@a","NickName":"阿禾"},{"UserName":"@b","NickName":"竹<span class=\"emoji emoji1f38b\"></span>"}]}"#;
    assert_eq!(roster(&[room]).find("@@room").unwrap().name(), "阿禾, 竹🎋");
}

#[test]
fn oddity_47_sorting_keys_made_of_markup_are_not_taken_for_names() {
    let person = r#"{"UserName":"@a","NickName":"春<span class=\"emoji emoji1f37a\"></span>","PYInitial":"CSPANCLASSEMOJIEMOJI1F37ASPAN","PYQuanPin":"chunspanclassemojiemoji1f37aspan"}"#;
    assert_eq!(roster(&[person]).find("@a").unwrap().name(), "春🍺");
}

#[test]
fn oddity_48_names_are_html_with_emoji_in_two_forms() {
    let person = contact(
        r#"{"UserName":"@a","NickName":"🍖<span class=\"emoji emoji1f37a\"></span>🍕 &lt;b&gt; &amp;"}"#,
    );
    assert_eq!(clean(person.nick_name.as_deref().unwrap()), "🍖🍺🍕 <b> &");
}

#[test]
fn oddity_49_the_contact_flag_is_a_field_of_bits() {
    for flag in [3, 67, 259, 2051, 34819, 65539, 0] {
        let person = format!(r#"{{"UserName":"@a","NickName":"阿禾","ContactFlag":{flag}}}"#);
        let roster = roster(&[&person]);
        assert_eq!(
            roster.find("@a").unwrap().is_in_address_book(),
            flag != 0,
            "{flag}"
        );
    }
}

#[test]
fn oddity_50_numbers_exceed_31_bits() {
    let person = contact(
        r#"{"UserName":"@a","AttrStatus":2147600001,"Uin":2837000001,"OwnerUin":2837000001}"#,
    );
    assert_eq!(person.attr_status, Some(2_147_600_001));
}

#[test]
fn oddity_51_a_room_may_be_owned_without_an_owner() {
    let room = contact(
        r#"{"UserName":"@@r","OwnerUin":0,"IsOwner":1,"MemberList":[{"Uin":0,"UserName":"@a"}]}"#,
    );
    assert_eq!(
        (room.is_owner, room.member_list.unwrap().len()),
        (Some(1), 1)
    );
}

#[test]
fn oddity_52_the_id_of_a_room_for_pictures_is_empty_or_0_or_an_id() {
    for id in ["", "0", "@5fd8877457351e3a697c"] {
        let record = contact(&format!(r#"{{"UserName":"@@r","EncryChatRoomId":"{id}"}}"#));
        assert_eq!(record.encry_chat_room_id.as_deref(), Some(id));
    }
}

#[test]
fn oddity_53_the_card_goes_before_the_nick_name_and_the_remark_before_both() {
    let room = r#"{"UserName":"@@room","NickName":"茶山行","MemberList":[{"UserName":"@a","NickName":"老竹","DisplayName":"领队"},{"UserName":"@b","NickName":"同名","DisplayName":"同名"}]}"#;
    let roster = roster(&[room]);
    let room = roster.find("@@room").unwrap();
    let leader = room.member("@a").unwrap();
    assert_eq!(
        (leader.name(), leader.nick_name()),
        ("领队".into(), "老竹".into())
    );
    assert_eq!(room.member("@b").unwrap().name(), "同名");
}

#[test]
fn oddity_54_a_later_answer_with_less_clears_no_names() {
    let rich = r#"{"UserName":"@a","NickName":"阿禾","RemarkName":"老师","Signature":"慢"}"#;
    let poor = r#"{"UserName":"@a","NickName":"","HeadImgUrl":""}"#;
    let roster = roster(&[rich, poor]);
    let person = roster.find("@a").unwrap();
    assert_eq!(
        (person.nick_name(), person.remark_name()),
        ("阿禾".into(), "老师".into())
    );
}

#[test]
fn oddity_55_an_official_account_may_have_a_plain_name() {
    assert_eq!(
        ContactKind::of("gh_0a1b2c3d4e5f", 24),
        ContactKind::Official
    );
    for flag in [8, 24, 56] {
        assert_eq!(
            ContactKind::of("@0a7c", flag),
            ContactKind::Official,
            "{flag}"
        );
    }
}

#[test]
fn oddity_56_weixin_is_official_and_special_at_once() {
    assert_eq!(ContactKind::of("weixin", 56), ContactKind::Special);
}

#[test]
fn oddity_57_names_on_the_wire_have_any_length() {
    for digits in [32, 38, 40, 64] {
        let name = format!("@{}", "a".repeat(digits));
        assert_eq!(ContactKind::of(&name, 0), ContactKind::Person, "{digits}");
        assert_eq!(
            contact(&format!(r#"{{"UserName":"{name}"}}"#)).user_name,
            name
        );
    }
}

#[test]
fn oddity_58_members_of_a_later_year_may_be_missing() {
    let reply = init(r#""ContactList":[{"UserName":"@@r"}],"MPSubscribeMsgCount":1"#);
    assert_eq!((reply.contacts[0].is_owner, reply.mp.len()), (None, 0));
}

#[test]
fn oddity_59_the_page_number_may_stand_before_the_list() {
    let body = br#"{"BaseResponse":{"Ret":0},"Seq":668103,"MemberCount":1,"MemberList":[{"UserName":"@a"}]}"#;
    let page = webwxgetcontact::parse(body).unwrap();
    assert_eq!((page.seq, page.contacts.len()), (668_103, 1));
}

#[test]
fn oddity_60_pictures_have_keys_and_covers_have_bars() {
    for (path, kept) in [
        (
            "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=0&username=@a&skey=",
            "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=0&username=@a&skey=",
        ),
        (
            "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=7&username=@a&skey=@crypt_1",
            "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=7&username=@a&skey=",
        ),
    ] {
        let person = contact(&format!(r#"{{"UserName":"@a","HeadImgUrl":"{path}"}}"#));
        assert_eq!(person.head_img_url.as_deref(), Some(kept));
    }
    let reply = init(
        r#""MPSubscribeMsgList":[{"UserName":"@a","MPArticleList":[{"Title":"t","Cover":"http://img.example.com/c?wxfrom=0|0|0"}]}]"#,
    );
    assert_eq!(
        reply.mp[0].articles[0].cover,
        "http://img.example.com/c?wxfrom=0|0|0"
    );
}

#[test]
fn oddity_61_stray_members_do_no_harm() {
    let body = br#"{"BaseResponse":{"Ret":0},"Count":1,"stray":{"a":[1]},"ContactList":[{"UserName":"@a","NickName":"n","New":{}}],"UserName":"@x"}"#;
    let batch = webwxbatchgetcontact::parse(body).unwrap();
    assert_eq!(batch.contacts.len(), 1);
    assert_eq!(batch.contacts[0].nick_name.as_deref(), Some("n"));
}

#[test]
fn oddity_62_the_version_is_any_number() {
    for version in [369_299_473, 637_863_993, 385_876_258] {
        let reply = init(&format!("\"ClientVersion\":{version},\"GrayScale\":1"));
        assert_eq!(reply.client_version, version);
    }
}
