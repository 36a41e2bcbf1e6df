//! The sentences of the service that are known.
//!
//! `{}` is a hole: a name or a list of names, in straight or curly quotes or in none. `…` at the
//! end means that anything may follow. Blanks at the end and a last full stop do not matter. The
//! first that fits counts, so what says more stands before what says less.

use self::Meaning::{
    Blocked, Call, FriendAdded, Joined, JoinedWithYou, LiveLocationEnded, NotAFriend, Recalled,
    RedPacket, Removed, Renamed, Scanned, SplitBill, Tickle, TooOften, Transfer, WasRemoved,
    YouJoined, YouWereInvited,
};
use super::{
    Direction::{self, Received, Sent},
    JoinedBy::{self, Invitation, QrCode, Unsaid},
};

/// What a sentence tells, and what its holes are.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    TooOften,
    /// Holes: name.
    NotAFriend,
    Blocked,
    /// Holes: name, or none.
    FriendAdded,
    /// Holes: inviter, members.
    Joined(JoinedBy),
    /// Holes: inviter, members but for this account.
    JoinedWithYou,
    /// Holes: inviter, who was there.
    YouWereInvited,
    /// Holes: who was there.
    YouJoined(JoinedBy),
    /// Holes: who came, who showed the code.
    Scanned,
    /// Holes: by, who.
    Removed,
    /// Holes: who, by.
    WasRemoved,
    /// Holes: by, topic.
    Renamed,
    RedPacket(Direction),
    Transfer(Direction),
    SplitBill,
    Call,
    LiveLocationEnded,
    /// Holes: by.
    Recalled,
    /// Holes: from. What follows is who, and an addition.
    Tickle,
}

pub(super) static SENTENCES: &[(&str, Meaning)] = &[
    // A name may hold any other sentence, so the ones that end in it go first.
    ("{}修改群名为{}", Renamed),
    ("{}修改群名為{}", Renamed),
    ("{}修改群組名稱為{}", Renamed),
    ("{}將群組名稱改為{}", Renamed),
    ("{} changed the group name to {}", Renamed),
    // People who come.
    ("{}邀请你加入了群聊，群聊参与人还有：{}", YouWereInvited),
    ("{}邀請你加入了群聊，群聊參與人還有：{}", YouWereInvited),
    ("{}邀請你加入了群組，群組成員還有：{}", YouWereInvited),
    ("{}邀請你加入群組，群組成員還有：{}", YouWereInvited),
    ("{} invited you to a group chat with {}", YouWereInvited),
    ("{}邀请你和{}加入了群聊", JoinedWithYou),
    ("{}邀請你和{}加入了群聊", JoinedWithYou),
    ("{}邀請你和{}加入了群組", JoinedWithYou),
    ("{}邀請你和{}加入群組", JoinedWithYou),
    ("{} invited you and {} to the group chat", JoinedWithYou),
    ("{} invited you and {} to a group chat", JoinedWithYou),
    (
        "你通过扫描二维码加入群聊，群聊参与人还有：{}",
        YouJoined(QrCode),
    ),
    (
        "你透過掃描 QR Code 加入群組，群組成員還有：{}",
        YouJoined(QrCode),
    ),
    (
        "You've joined the group chat via QR Code. Group chat members: {}",
        YouJoined(QrCode),
    ),
    ("你加入了群聊，群聊参与人还有：{}", YouJoined(Unsaid)),
    ("你加入了群組，群組成員還有：{}", YouJoined(Unsaid)),
    (
        "You've joined this group chat. Other participants are: {}",
        YouJoined(Unsaid),
    ),
    ("{}通过扫描{}分享的二维码加入群聊", Scanned),
    ("{}通過掃描{}分享的二維碼加入群聊", Scanned),
    ("{}透過掃描{}分享的 QR Code 加入群聊", Scanned),
    ("{}透過掃描{}分享的 QR Code 加入群組", Scanned),
    ("{}透過掃描{}分享的QR Code加入群組", Scanned),
    (
        "{} joined the group chat via the QR Code shared by {}",
        Scanned,
    ),
    ("{} joined group chat via the QR code {} shared", Scanned),
    (
        "{} joined the group chat via the QR Code {} shared",
        Scanned,
    ),
    ("{}邀请{}加入了群聊", Joined(Invitation)),
    ("{}邀請{}加入了群聊", Joined(Invitation)),
    ("{}邀請{}加入了群組", Joined(Invitation)),
    ("{}邀請{}加入群組", Joined(Invitation)),
    ("{} invited {} to the group chat", Joined(Invitation)),
    ("{} invited {} to a group chat", Joined(Invitation)),
    ("{} invited {} to this group chat", Joined(Invitation)),
    ("{} invited {} to join the group", Joined(Invitation)),
    // People who go.
    ("{}将{}移出了群聊", Removed),
    ("{}將{}移出了群聊", Removed),
    ("{}將{}移出了群組", Removed),
    ("{}將{}移出群組", Removed),
    ("{} removed {} from the group chat", Removed),
    ("{}被{}移出群聊", WasRemoved),
    ("{}被{}移出了群聊", WasRemoved),
    ("{}被{}移出群組", WasRemoved),
    ("{}被{}移出了群組", WasRemoved),
    ("{} were removed from the group chat by {}", WasRemoved),
    ("{} was removed from the group chat by {}", WasRemoved),
    // Friends.
    ("{}开启了朋友验证，你还不是他…", NotAFriend),
    ("{}開啟了朋友驗證，你還不是他…", NotAFriend),
    ("{}開啟了好友驗證，你還不是他…", NotAFriend),
    ("{} has enabled Friend Confirmation…", NotAFriend),
    ("消息已发出，但被对方拒收了", Blocked),
    ("訊息已發出，但被對方拒收了", Blocked),
    ("訊息已傳出，但被對方拒收了", Blocked),
    (
        "The message is successfully sent but is rejected by the receiver",
        Blocked,
    ),
    (
        "The message was sent but was rejected by the receiver",
        Blocked,
    ),
    ("你已添加了{}，现在可以开始聊天了", FriendAdded),
    ("你已新增{}，現在可以開始聊天了", FriendAdded),
    ("你已加{}為朋友，現在可以聊天了", FriendAdded),
    (
        "You have added {} as your WeChat contact. Start chatting",
        FriendAdded,
    ),
    (
        "You have added {} as your Weixin contact. Start chatting",
        FriendAdded,
    ),
    ("{}刚刚把你添加到通讯录，现在可以开始聊天了", FriendAdded),
    ("{}剛剛把你加到通訊錄，現在可以開始聊天了", FriendAdded),
    ("{} just added you to his/her contacts list…", FriendAdded),
    (
        "我通过了你的朋友验证请求，现在我们可以开始聊天了",
        FriendAdded,
    ),
    (
        "我通過了你的朋友驗證請求，現在我們可以開始聊天了",
        FriendAdded,
    ),
    (
        "I've accepted your friend request. Now let's chat",
        FriendAdded,
    ),
    // What the web cannot show.
    ("收到红包，请在手机上查看", RedPacket(Received)),
    ("收到紅包，請在手機上查看", RedPacket(Received)),
    ("Red packet received. View on phone", RedPacket(Received)),
    ("发出红包，请在手机上查看", RedPacket(Sent)),
    ("發出紅包，請在手機上查看", RedPacket(Sent)),
    ("Red packet sent. View on phone", RedPacket(Sent)),
    ("收到转账，请在手机上查看", Transfer(Received)),
    ("收到轉賬，請在手機上查看", Transfer(Received)),
    ("收到轉帳，請在手機上查看", Transfer(Received)),
    ("Transfer received. View on phone", Transfer(Received)),
    ("发出转账，请在手机上查看", Transfer(Sent)),
    ("發出轉賬，請在手機上查看", Transfer(Sent)),
    ("發出轉帳，請在手機上查看", Transfer(Sent)),
    ("Transfer sent. View on phone", Transfer(Sent)),
    ("群收款消息，请在手机上查看", SplitBill),
    ("群收款訊息，請在手機上查看", SplitBill),
    ("收到一条视频/语音聊天消息，请在手机上查看", Call),
    ("收到一則視訊/語音聊天訊息，請在手機上查看", Call),
    ("位置共享已经结束", LiveLocationEnded),
    ("位置共享已經結束", LiveLocationEnded),
    ("Real-time Location session ended", LiveLocationEnded),
    // Gone, and nudged.
    ("{}撤回了一条消息", Recalled),
    ("{}撤回了一條訊息", Recalled),
    ("{}撤回了一則訊息", Recalled),
    ("{}收回了一則訊息", Recalled),
    ("{} has recalled a message", Recalled),
    ("{} have recalled a message", Recalled),
    ("{} recalled a message", Recalled),
    ("{}拍了拍…", Tickle),
    ("{} tickled …", Tickle),
    // Too often. They stop what is said, so they stand last and are whole sentences: anything else
    // that begins like this begins with somebody's name.
    ("操作太频繁，请稍后再试", TooOften),
    ("操作过于频繁，请稍后再试", TooOften),
    ("发消息太频繁，请稍后再试", TooOften),
    ("发送消息太频繁，请稍后再试", TooOften),
    ("你操作太频繁，请稍后再试", TooOften),
    ("你的操作太频繁，请稍后再试", TooOften),
    ("操作太頻繁，請稍後再試", TooOften),
    ("操作過於頻繁，請稍後再試", TooOften),
    ("Operations too frequent. Try again later", TooOften),
    ("Operation too frequent. Try again later", TooOften),
];

/// The sentences of cards that invite into a room. Holes: who invites, the room.
pub(super) static INVITATIONS: &[&str] = &[
    "{}邀请你加入群聊{}，进入可查看详情",
    "{}邀請你加入群聊{}，進入可查看詳情",
    "{} invited you to join the group chat {}. Enter to view details",
];
