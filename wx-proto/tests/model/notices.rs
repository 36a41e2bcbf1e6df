use proptest::prelude::*;
use wx_proto::{
    Body, Content,
    endpoint::message::MessageRecord,
    message::{
        Direction::{self, Received, Sent},
        JoinedBy::{self, Invitation, QrCode, Unsaid},
        Notice,
        Who::{self, You},
    },
};

use Told::*;

/// A [`NoticeEvent`](wx_proto::message::NoticeEvent) that can be written down; both look the same.
#[derive(Debug)]
#[expect(dead_code, reason = "it is compared by how it looks")]
enum Told {
    TooOften,
    NotAFriend {
        name: String,
    },
    Blocked,
    FriendAdded {
        name: Option<String>,
    },
    Joined {
        inviter: Option<Who>,
        members: Vec<Who>,
        listed: String,
        present: Vec<Who>,
        how: JoinedBy,
    },
    Removed {
        by: Who,
        who: Who,
    },
    Renamed {
        by: Who,
        topic: String,
    },
    RedPacket(Direction),
    Transfer(Direction),
    SplitBill,
    Call,
    LiveLocationEnded,
    Recalled {
        by: Who,
    },
    Tickle {
        from: Who,
        to: Who,
        addition: Option<String>,
    },
}

fn show(told: Told) -> Option<String> {
    Some(format!("{told:?}"))
}

fn notice(said: &str) -> Notice {
    let mut record = MessageRecord::default();
    record.from_user_name = "@@room".to_owned();
    record.msg_type = 10000;
    record.content = said.to_owned();
    let Body::Notice(notice) = Content::read(&record).body else {
        panic!("not a notice");
    };
    notice
}

fn event(said: &str) -> Option<String> {
    notice(said).event.map(|event| format!("{event:?}"))
}

fn named(name: &str) -> Who {
    Who::Named(name.to_owned())
}

fn joined(inviter: Option<Who>, members: &[&Who], listed: &str, how: JoinedBy) -> Told {
    Joined {
        inviter,
        members: members.iter().copied().cloned().collect(),
        listed: listed.to_owned(),
        present: Vec::new(),
        how,
    }
}

#[test]
fn who_came_and_how() {
    let (a, b, c) = (named("阿禾"), named("竹"), named("Ann Lee"));
    let by = |who: &Who| Some(who.clone());
    for (said, told) in [
        (
            "你邀请\"竹\"加入了群聊  ",
            joined(Some(You), &[&b], "竹", Invitation),
        ),
        (
            "\"阿禾\"邀请\"竹\"加入了群聊",
            joined(by(&a), &[&b], "竹", Invitation),
        ),
        (
            "“阿禾”邀请“竹、Ann Lee”加入了群聊",
            joined(by(&a), &[&b, &c], "竹、Ann Lee", Invitation),
        ),
        (
            "\"阿禾\"邀请\"竹\"、\"Ann Lee\"加入了群聊",
            joined(by(&a), &[&b, &c], "竹\"、\"Ann Lee", Invitation),
        ),
        (
            "阿禾邀请竹加入了群聊",
            joined(by(&a), &[&b], "竹", Invitation),
        ),
        (
            "\"阿禾\"邀請\"竹\"加入了群聊",
            joined(by(&a), &[&b], "竹", Invitation),
        ),
        (
            "You invited 竹、Ann Lee to the group chat.   ",
            joined(Some(You), &[&b, &c], "竹、Ann Lee", Invitation),
        ),
        (
            "阿禾 invited 竹, Ann Lee to the group chat",
            joined(by(&a), &[&b, &c], "竹, Ann Lee", Invitation),
        ),
        (
            "\"阿禾\"邀请你和\"竹\"加入了群聊",
            joined(by(&a), &[&You, &b], "竹", Invitation),
        ),
        (
            "阿禾 invited you and 竹 to the group chat",
            joined(by(&a), &[&You, &b], "竹", Invitation),
        ),
        (
            "\" 竹\"通过扫描\"阿禾\"分享的二维码加入群聊",
            joined(by(&a), &[&b], "竹", QrCode),
        ),
        (
            "\"竹\"通过扫描你分享的二维码加入群聊  ",
            joined(Some(You), &[&b], "竹", QrCode),
        ),
        (
            "\"竹、子\"通过扫描你分享的二维码加入群聊",
            joined(Some(You), &[&named("竹、子")], "竹、子", QrCode),
        ),
        (
            "\"竹\" joined the group chat via the QR Code shared by \"阿禾\".",
            joined(by(&a), &[&b], "竹", QrCode),
        ),
        (
            "\"竹\" joined group chat via the QR code you shared.  ",
            joined(Some(You), &[&b], "竹", QrCode),
        ),
        (
            "\" 竹\"透過掃描\"阿禾\"分享的 QR Code 加入群組",
            joined(by(&a), &[&b], "竹", QrCode),
        ),
    ] {
        assert_eq!(event(said), show(told), "{said}");
    }
}

#[test]
fn who_is_there_when_this_account_comes() {
    let there = [named("竹"), named("Ann Lee")];
    for (said, by, told) in [
        (
            "\"阿禾\"邀请你加入了群聊，群聊参与人还有：竹、Ann Lee",
            Some(named("阿禾")),
            Invitation,
        ),
        (
            "阿禾 invited you to a group chat with 竹, Ann Lee",
            Some(named("阿禾")),
            Invitation,
        ),
        (
            "你通过扫描二维码加入群聊，群聊参与人还有：竹、Ann Lee",
            None,
            QrCode,
        ),
        ("你加入了群聊，群聊参与人还有：竹、Ann Lee", None, Unsaid),
        ("你加入了群組，群組成員還有：竹、Ann Lee", None, Unsaid),
    ] {
        let told = Joined {
            inviter: by,
            members: vec![You],
            listed: String::new(),
            present: there.to_vec(),
            how: told,
        };
        assert_eq!(event(said), show(told), "{said}");
    }
    let alone = event("\"阿禾\"邀请你加入了群聊");
    assert_eq!(
        alone,
        show(joined(Some(named("阿禾")), &[&You], "你", Invitation))
    );
}

#[test]
fn who_went_and_what_the_room_is_called_now() {
    let removed = |by: Who, who: Who| show(Removed { by, who });
    let renamed = |by: Who, topic: &str| {
        let topic = topic.to_owned();
        show(Renamed { by, topic })
    };
    let a = || named("阿禾");
    for (said, told) in [
        ("你将\"阿禾\"移出了群聊", removed(You, a())),
        ("你被\"阿禾\"移出群聊", removed(a(), You)),
        ("你將\"阿禾\"移出了群聊", removed(You, a())),
        (
            "You removed \"阿禾\" from the group chat",
            removed(You, a()),
        ),
        (
            "You were removed from the group chat by \"阿禾\"",
            removed(a(), You),
        ),
        ("\"阿禾\"修改群名为“茶山行”", renamed(a(), "茶山行")),
        ("你修改群名为“茶 “山” 行.”", renamed(You, "茶 “山” 行.")),
        (
            "\"阿禾\"修改群組名稱為「茶山行」",
            renamed(a(), "「茶山行」"),
        ),
        (
            "\"阿禾\" changed the group name to \"tea\"",
            renamed(a(), "tea"),
        ),
        ("阿禾修改群名为茶山行", renamed(a(), "茶山行")),
        // A room may be called like any sentence.
        (
            "你修改群名为“竹邀请阿禾加入了群聊”",
            renamed(You, "竹邀请阿禾加入了群聊"),
        ),
        (
            "你修改群名为“操作太频繁，请稍后再试”",
            renamed(You, "操作太频繁，请稍后再试"),
        ),
    ] {
        assert_eq!(event(said), told, "{said}");
    }
}

#[test]
fn what_did_not_arrive_and_who_became_a_friend() {
    let stranger = |name: &str| NotAFriend {
        name: name.to_owned(),
    };
    let friend = |name: Option<&str>| FriendAdded {
        name: name.map(str::to_owned),
    };
    for (said, told) in [
        ("操作太频繁，请稍后再试。", TooOften),
        ("操作太頻繁，請稍後再試", TooOften),
        (
            "阿禾开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。",
            stranger("阿禾"),
        ),
        (
            "阿禾开启了朋友验证，你还不是他(她)朋友。<a href=\"weixin://x\">发送朋友验证</a>",
            stranger("阿禾"),
        ),
        (
            "阿禾開啟了朋友驗證，你還不是他（她）的朋友。",
            stranger("阿禾"),
        ),
        (
            "Ann Lee has enabled Friend Confirmation. You are not in the list.",
            stranger("Ann Lee"),
        ),
        ("消息已发出，但被对方拒收了。", Blocked),
        ("你已添加了阿禾，现在可以开始聊天了。", friend(Some("阿禾"))),
        ("你已加阿禾為朋友，現在可以聊天了。", friend(Some("阿禾"))),
        (
            "阿禾刚刚把你添加到通讯录，现在可以开始聊天了。",
            friend(Some("阿禾")),
        ),
        (
            "You have added Ann Lee as your WeChat contact. Start chatting!",
            friend(Some("Ann Lee")),
        ),
        (
            "Ann Lee just added you to his/her contacts list. Send a message to him/her now!",
            friend(Some("Ann Lee")),
        ),
        (
            "我通过了你的朋友验证请求，现在我们可以开始聊天了",
            friend(None),
        ),
        (
            "I've accepted your friend request. Now let's chat!",
            friend(None),
        ),
    ] {
        assert_eq!(event(said), show(told), "{said}");
    }
}

#[test]
fn what_only_the_phone_can_show() {
    for (said, told) in [
        ("收到红包，请在手机上查看", RedPacket(Received)),
        ("发出红包，请在手机上查看", RedPacket(Sent)),
        ("收到紅包，請在手機上查看", RedPacket(Received)),
        ("Red packet received. View on phone.", RedPacket(Received)),
        ("收到转账，请在手机上查看", Transfer(Received)),
        ("群收款消息，请在手机上查看", SplitBill),
        ("收到一条视频/语音聊天消息，请在手机上查看", Call),
        ("位置共享已经结束", LiveLocationEnded),
        ("Real-time Location session ended.", LiveLocationEnded),
    ] {
        assert_eq!(event(said), show(told), "{said}");
    }
}

#[test]
fn who_took_back_and_who_nudged() {
    let tickle = |from: Who, to: Who, addition: Option<&str>| Tickle {
        from,
        to,
        addition: addition.map(str::to_owned),
    };
    for (said, told) in [
        (
            "\"阿禾\" 撤回了一条消息",
            Recalled {
                by: named("阿禾")
            },
        ),
        ("你撤回了一条消息", Recalled { by: You }),
        ("你收回了一則訊息", Recalled { by: You }),
        (
            "\"Ann Lee\" has recalled a message.",
            Recalled {
                by: named("Ann Lee"),
            },
        ),
        ("You've recalled a message", Recalled { by: You }),
        (
            "\"阿禾\" 拍了拍 \"竹\"",
            tickle(named("阿禾"), named("竹"), None),
        ),
        ("\"阿禾\" 拍了拍我", tickle(named("阿禾"), You, None)),
        (
            "我拍了拍 \"竹\" 的肩膀",
            tickle(You, named("竹"), Some("的肩膀")),
        ),
        (
            "\"阿禾\" 拍了拍自己",
            tickle(named("阿禾"), named("阿禾"), None),
        ),
        (
            "\"阿禾\" 拍了拍我的肩膀",
            tickle(named("阿禾"), You, Some("的肩膀")),
        ),
        (
            "阿禾拍了拍我爱茶",
            tickle(named("阿禾"), named("我爱茶"), None),
        ),
    ] {
        assert_eq!(event(said), show(told), "{said}");
    }
}

/// “You” is this account only where the service says it, not where somebody is called so.
#[test]
fn somebody_called_you_is_not_this_account() {
    let removed = |by: Who, who: Who| show(Removed { by, who });
    assert_eq!(
        event("\"你\"将\"You\"移出了群聊"),
        removed(named("你"), named("You"))
    );
    assert_eq!(
        event("你好将\"竹\"移出了群聊"),
        removed(named("你好"), named("竹"))
    );
}

#[test]
fn an_unknown_sentence_tells_nothing_and_is_kept() {
    for said in [
        "以上是打招呼的内容",
        "你与群里其他人都不是微信朋友关系，请注意隐私安全",
        "\"阿禾\"邀请加入了群聊",
        "\"阿禾邀请\"竹加入了群聊",
        "邀请\"竹\"加入了群聊",
        "竹が参加しました",
        "",
        "  ",
    ] {
        let notice = notice(said);
        assert_eq!((notice.text.as_str(), notice.event), (said, None));
    }
}

/// Names like those that people give themselves, without quotes and words of the templates.
fn name() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "阿", "禾", "$", "$revoke$", "a", "B", "'", "「", "」", "&", "<", "<a>", "🌾", "\u{2005}",
        "、", ".", "。", "你", "，",
    ]);
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// As the service writes it.
fn encode(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('🌾', "<span class=\"emoji emoji1f33e\"></span>")
}

proptest! {
    #[test]
    fn any_name_in_quotes_comes_out_as_it_is(a in name(), b in name()) {
        let (left, right) = (encode(&a), encode(&b));
        for (said, told) in [
            (format!("\"{left}\"将\"{right}\"移出了群聊  "), Removed { by: named(&a), who: named(&b) }),
            (format!("“{left}”修改群名为“{right}”"), Renamed { by: named(&a), topic: b.clone() }),
            (format!("\" {left}\"通过扫描\"{right}\"分享的二维码加入群聊"), joined(Some(named(&b)), &[&named(&a)], &a, QrCode)),
            (format!("\"{left}\" 撤回了一条消息"), Recalled { by: named(&a) }),
        ] {
            prop_assert_eq!(event(&said), show(told));
        }
    }

    #[test]
    fn any_sentence_is_kept(said in "[\"“”你邀请加入了群聊将移出被拍 、a<>&;]{0,40}") {
        let _ = notice(&said);
    }
}
