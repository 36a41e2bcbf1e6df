//! What is known about each number.

use super::{Reaction, Ret};
use crate::language::Words;

pub(super) struct Row {
    pub(super) ret: Ret,
    pub(super) name: &'static str,
    pub(super) reaction: Reaction,
    pub(super) meaning: Words,
    pub(super) hint: Words,
}

pub(super) const UNKNOWN_MEANING: Words =
    Words::new("a number that is in no list", "没有任何资料列出的代码");

pub(super) const UNKNOWN_HINT: Words = Words::new(
    "do not repeat the call; report the number, the endpoint and what the service says",
    "不要重复调用；请报告该代码、接口以及服务器的说明",
);

const LOGIN_AGAIN: Words = Words::new(
    "log in again; if it keeps happening, see that no other web or desktop login of this account \
     is in use and that the phone stays online",
    "请重新登录；若反复出现，请确认该帐号没有其他网页或电脑端登录，并保持手机在线",
);

pub(super) static ROWS: [Row; 15] = [
    Row {
        ret: Ret::OK,
        name: "ok",
        reaction: Reaction::None,
        meaning: Words::new(
            "done; for a message: accepted, which is not delivered",
            "成功；对消息而言是已受理，并非已送达",
        ),
        hint: Words::new("nothing to do", "无需处理"),
    },
    Row {
        ret: Ret::SYSTEM_ERROR,
        name: "system error",
        reaction: Reaction::Retry,
        meaning: Words::new(
            "a failure inside the service, mostly a passing one",
            "服务器内部错误，多为暂时",
        ),
        hint: Words::new(
            "wait for a minute and try again; before a message goes out once more, look at the \
             phone whether it arrived",
            "请稍等一分钟再试；重发消息之前，先在手机上确认是否已送达",
        ),
    },
    Row {
        ret: Ret::LOGIC_ERROR,
        name: "logic error",
        reaction: Reaction::GiveUp,
        meaning: Words::new("understood and refused", "请求已理解，但被拒绝"),
        hint: Words::new(
            "do not repeat it; see whether the account may do this on its phone",
            "不要重复；请在手机上确认该帐号是否可以执行此操作",
        ),
    },
    Row {
        ret: Ret::TICKET_ERROR,
        name: "ticket error",
        reaction: Reaction::CheckSession,
        meaning: Words::new(
            "something is wrong with a ticket of the session, presumably",
            "会话的票据可能有问题",
        ),
        hint: Words::new(
            "try once more; if that fails as well, log in again",
            "请再试一次；若仍失败，请重新登录",
        ),
    },
    Row {
        ret: Ret::ROOM_MADE,
        name: "room made all the same",
        reaction: Reaction::LookInside,
        meaning: Words::new(
            "seen once, when a room was created, together with the name of that room",
            "仅在创建群聊时出现过，同时返回了可用的群聊",
        ),
        hint: Words::new(
            "look on the phone whether the room is there before you create another one",
            "再次创建之前，请先在手机上确认群聊是否已存在",
        ),
    },
    Row {
        ret: Ret::PARAMETER_ERROR,
        name: "parameter error",
        reaction: Reaction::GiveUp,
        meaning: Words::new(
            "the request lacks something, or its cookies; of a room: not allowed",
            "请求缺少参数或 Cookie；对群聊而言是不允许",
        ),
        hint: Words::new(
            "do not repeat it as it is; if other calls fail alike, log in again, else report it",
            "不要原样重复；若其他调用同样失败，请重新登录，否则请报告",
        ),
    },
    Row {
        ret: Ret::UNEXPLAINED,
        name: "unexplained",
        reaction: Reaction::GiveUp,
        meaning: Words::new("nobody knows", "含义不明"),
        hint: UNKNOWN_HINT,
    },
    Row {
        ret: Ret::SYNC_STALLED,
        name: "sync stalled",
        reaction: Reaction::Wait,
        meaning: Words::new(
            "from webwxsync alone: nothing in it, no keys either, perhaps for hours",
            "仅见于 webwxsync：内容与同步键全为空，可能持续数小时",
        ),
        hint: Words::new(
            "open any chat on the phone, or send something from there: that cures it at once",
            "在手机上打开任意聊天或发送一条消息，即可恢复",
        ),
    },
    Row {
        ret: Ret::SESSION_UNKNOWN,
        name: "session unknown",
        reaction: Reaction::CheckSession,
        meaning: Words::new(
            "the session is unknown: logged out on the phone, asked at the wrong host, or a \
             ticket is missing",
            "会话不存在：已在手机上退出、访问了错误的主机或缺少票据",
        ),
        hint: LOGIN_AGAIN,
    },
    Row {
        ret: Ret::SESSION_INVALID,
        name: "session invalid",
        reaction: Reaction::CheckSession,
        meaning: Words::new(
            "the session was replaced by another web or desktop login, or ran out",
            "会话被其他网页或电脑端登录取代，或已过期",
        ),
        hint: LOGIN_AGAIN,
    },
    Row {
        ret: Ret::COOKIE_INVALID,
        name: "cookie invalid",
        reaction: Reaction::CheckSession,
        meaning: Words::new(
            "the cookies are missing or ran out, or the service ended a long session",
            "Cookie 缺失或过期，或服务器结束了长时间的会话",
        ),
        hint: LOGIN_AGAIN,
    },
    Row {
        ret: Ret::UNPARSABLE,
        name: "request not parsed",
        reaction: Reaction::GiveUp,
        meaning: Words::new("the service cannot parse the request", "服务器无法解析请求"),
        hint: Words::new(
            "a fault of this client: report it with the endpoint",
            "客户端的错误：请连同接口一并报告",
        ),
    },
    Row {
        ret: Ret::LOGIN_REFUSED,
        name: "login refused",
        reaction: Reaction::GiveUp,
        meaning: Words::new(
            "the account may not log in on the web, at all or for now",
            "该帐号不允许（或暂时不能）登录网页微信",
        ),
        hint: Words::new(
            "do not try again by itself; read what the service says, then see whether a browser \
             is let in",
            "不要自动重试；请先阅读服务器的说明，再用浏览器确认能否登录",
        ),
    },
    Row {
        ret: Ret::RECEIVER_REFUSED,
        name: "receiver refused",
        reaction: Reaction::GiveUp,
        meaning: Words::new(
            "this receiver is not allowed: oneself on some accounts, or somebody who is no friend",
            "不允许发给该接收者：某些帐号的自己，或并非好友",
        ),
        hint: Words::new(
            "do not send to them again; to keep notes, write to filehelper instead of oneself",
            "不要再向其发送；记录内容请发给文件传输助手，而不是自己",
        ),
    },
    Row {
        ret: Ret::TOO_OFTEN,
        name: "too often",
        reaction: Reaction::SlowDown,
        meaning: Words::new(
            "too often: this function is blocked for minutes to hours, others are not",
            "操作太频繁：该功能被限制数分钟至数小时，其他功能不受影响",
        ),
        hint: Words::new(
            "leave this function alone for at least ten minutes, then use it less often; asking on \
             makes it worse",
            "请至少十分钟不要使用此功能，之后降低频率；继续请求会加重限制",
        ),
    },
];
