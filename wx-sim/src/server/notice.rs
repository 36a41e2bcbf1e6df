//! What the phone writes into a chat: of people who come and go, and of what only it can show.

/// The language of the phone, in which its notices are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    ZhCn,
    /// Traditional Chinese.
    ZhTw,
    /// English.
    En,
}

/// Something the phone has a sentence for. Names are as typed.
pub(super) enum Notice<'a> {
    /// The user took people into a room, or made it with them.
    YouInvited(&'a str),
    Invited {
        by: &'a str,
        who: &'a str,
    },
    /// Somebody took the user into a room in which the others are already.
    YouWereInvited {
        by: &'a str,
        others: &'a str,
    },
    /// By a code that somebody showed; `None`: the user.
    CameByCode {
        who: &'a str,
        shown_by: Option<&'a str>,
    },
    YouRemoved(&'a str),
    YouWereRemoved(&'a str),
    /// `by` is `None` if the user did it.
    Renamed {
        by: Option<&'a str>,
        topic: &'a str,
    },
    YouAdded(&'a str),
    /// The friend request of the user was accepted.
    Accepted,
    /// A message did not reach somebody who dropped the user.
    NoFriend(&'a str),
    /// A message was taken back, by the user if `by` is `None`.
    Recalled {
        by: Option<&'a str>,
    },
    RedPacketReceived,
    RedPacketSent,
}

impl Notice<'_> {
    /// The sentence, with the blanks and quotes it has on the phone: trailing ones in places, and
    /// quotes of two kinds.
    pub(super) fn text(&self, language: Language) -> String {
        match language {
            Language::ZhCn => self.simplified(),
            Language::ZhTw => self.traditional(),
            Language::En => self.english(),
        }
    }

    fn simplified(&self) -> String {
        match self {
            Self::YouInvited(who) => format!("你邀请\"{who}\"加入了群聊  "),
            Self::Invited { by, who } => format!("\"{by}\"邀请\"{who}\"加入了群聊"),
            Self::YouWereInvited { by, others } => {
                format!("\"{by}\"邀请你加入了群聊，群聊参与人还有：{others}")
            }
            Self::CameByCode {
                who,
                shown_by: Some(by),
            } => format!("\" {who}\"通过扫描\"{by}\"分享的二维码加入群聊"),
            Self::CameByCode { who, .. } => format!("\" {who}\"通过扫描你分享的二维码加入群聊"),
            Self::YouRemoved(who) => format!("你将\"{who}\"移出了群聊"),
            Self::YouWereRemoved(by) => format!("你被\"{by}\"移出群聊"),
            Self::Renamed {
                by: Some(by),
                topic,
            } => format!("\"{by}\"修改群名为“{topic}”"),
            Self::Renamed { topic, .. } => format!("你修改群名为“{topic}”"),
            Self::YouAdded(who) => format!("你已添加了{who}，现在可以开始聊天了。"),
            Self::Accepted => "我通过了你的朋友验证请求，现在我们可以开始聊天了".to_owned(),
            Self::NoFriend(who) => format!(
                "{who}开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，\
                 才能聊天。"
            ),
            Self::Recalled { by: Some(by) } => format!("\"{by}\" 撤回了一条消息"),
            Self::Recalled { by: None } => "你撤回了一条消息".to_owned(),
            Self::RedPacketReceived => "收到红包，请在手机上查看".to_owned(),
            Self::RedPacketSent => "发出红包，请在手机上查看".to_owned(),
        }
    }

    fn traditional(&self) -> String {
        match self {
            Self::YouInvited(who) => format!("你邀請\"{who}\"加入了群組  "),
            Self::Invited { by, who } => format!("\"{by}\"邀請\"{who}\"加入了群組"),
            Self::YouWereInvited { by, others } => {
                format!("\"{by}\"邀請你加入了群組，群組成員還有：{others}")
            }
            Self::CameByCode {
                who,
                shown_by: Some(by),
            } => format!("\" {who}\"透過掃描\"{by}\"分享的行動條碼加入群組"),
            Self::CameByCode { who, .. } => format!("\" {who}\"透過掃描你分享的行動條碼加入群組"),
            Self::YouRemoved(who) => format!("你將\"{who}\"移出了群組"),
            Self::YouWereRemoved(by) => format!("你被\"{by}\"移出群組"),
            Self::Renamed {
                by: Some(by),
                topic,
            } => format!("\"{by}\"修改群組名稱為「{topic}」"),
            Self::Renamed { topic, .. } => format!("你修改群組名稱為「{topic}」"),
            Self::YouAdded(who) => format!("你已新增{who}為朋友，現在可以開始聊天了。"),
            Self::Accepted => "我通過了你的朋友驗證請求，現在我們可以開始聊天了".to_owned(),
            Self::NoFriend(who) => format!(
                "{who}開啟了朋友驗證，你還不是他（她）的朋友。請先傳送朋友驗證請求，對方驗證通過後，\
                 才能聊天。"
            ),
            Self::Recalled { by: Some(by) } => format!("\"{by}\" 收回了一則訊息"),
            Self::Recalled { by: None } => "你收回了一則訊息".to_owned(),
            Self::RedPacketReceived => "收到紅包，請在手機上查看".to_owned(),
            Self::RedPacketSent => "發出紅包，請在手機上查看".to_owned(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::YouInvited(who) => format!("You invited {who} to the group chat   "),
            Self::Invited { by, who } => format!("{by} invited {who} to the group chat"),
            Self::YouWereInvited { by, others } => {
                format!("{by} invited you to a group chat with {others}")
            }
            Self::CameByCode {
                who,
                shown_by: Some(by),
            } => format!("\"{who}\" joined the group chat via the QR Code shared by \"{by}\""),
            Self::CameByCode { who, .. } => {
                format!("\"{who}\" joined group chat via the QR code you shared")
            }
            Self::YouRemoved(who) => format!("You removed \"{who}\" from the group chat"),
            Self::YouWereRemoved(by) => {
                format!("You were removed from the group chat by \"{by}\"")
            }
            Self::Renamed {
                by: Some(by),
                topic,
            } => format!("\"{by}\" changed the group name to \"{topic}\""),
            Self::Renamed { topic, .. } => format!("You changed the group name to \"{topic}\""),
            Self::YouAdded(who) => {
                format!("You have added {who} as your WeChat contact. Start chatting!")
            }
            Self::Accepted => "I've accepted your friend request. Now let's chat!".to_owned(),
            Self::NoFriend(who) => format!(
                "{who} has enabled Friend Confirmation and you are not on the list. Send a friend \
                 request first, and chat once it is accepted."
            ),
            Self::Recalled { by: Some(by) } => format!("\"{by}\" has recalled a message"),
            Self::Recalled { by: None } => "You recalled a message".to_owned(),
            Self::RedPacketReceived => "Red packet received. View on phone".to_owned(),
            Self::RedPacketSent => "Red packet sent. View on phone".to_owned(),
        }
    }
}
