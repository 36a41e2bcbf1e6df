//! What a number means in one place and nowhere else.

use super::Ret;
use crate::language::{Language, Words};

/// What to do after `ret` from `endpoint`, which is named as in its path.
pub(crate) fn hint_at(endpoint: &str, ret: Ret, language: Language) -> &'static str {
    PLACES
        .iter()
        .find(|place| place.ret == ret && place.endpoints.contains(&endpoint))
        .map_or_else(|| ret.hint(language), |place| place.hint.say(language))
}

pub(super) struct Place {
    pub(super) ret: Ret,
    /// By name, because that is how reports and proxies' logs call them.
    pub(super) endpoints: &'static [&'static str],
    pub(super) hint: Words,
}

/// All sends that refer to what was uploaded before.
const MEDIA: &[&str] = &[
    "webwxsendmsgimg",
    "webwxsendvideomsg",
    "webwxsendemoticon",
    "webwxsendappmsg",
];

pub(super) static PLACES: [Place; 14] = [
    Place {
        ret: Ret::SYSTEM_ERROR,
        endpoints: MEDIA,
        hint: Words::new(
            "upload the file again and send that, once: an upload serves a second send only now \
             and then",
            "请重新上传文件后再发送一次：上传结果未必能重复使用",
        ),
    },
    Place {
        ret: Ret::SYSTEM_ERROR,
        endpoints: &["webwxuploadmedia"],
        hint: Words::new(
            "the chunk was tried several times; wait for a minute and upload the file again",
            "该分片已多次重试；请稍等一分钟后重新上传",
        ),
    },
    Place {
        ret: Ret::SESSION_UNKNOWN,
        endpoints: &["webwxuploadmedia"],
        hint: Words::new(
            "the cookie webwx_data_ticket is missing or outdated; if messages still go out, log in \
             again to get a new one",
            "Cookie webwx_data_ticket 缺失或过期；若文字消息仍可发送，请重新登录以获取新的票据",
        ),
    },
    Place {
        ret: Ret::PARAMETER_ERROR,
        endpoints: &["webwxupdatechatroom"],
        hint: Words::new(
            "to add people to a large room, invite them instead; to remove somebody, own the room",
            "向人数较多的群聊加人时请改用邀请；只有群主才能移出成员",
        ),
    },
    Place {
        ret: Ret::PARAMETER_ERROR,
        endpoints: &["webwxsync"],
        hint: Words::new(
            "the cookies did not come along; log in again",
            "请求未带上 Cookie；请重新登录",
        ),
    },
    Place {
        ret: Ret::RECEIVER_REFUSED,
        endpoints: &["webwxsendmsg"],
        hint: Words::new(
            "do not send to them again: only friends and rooms can be written to, and on some \
             accounts not oneself, where filehelper takes notes instead",
            "不要再向其发送：只能发给好友和群聊；某些帐号不能发给自己，请改用文件传输助手",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: &["webwxsendmsg"],
        hint: Words::new(
            "wait for minutes, then leave a second or more between messages, and do not send the \
             same text to many people",
            "请等待数分钟，之后每条消息至少间隔一秒，不要群发相同内容",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: MEDIA,
        hint: Words::new(
            "wait for minutes to hours before the next picture or file; texts may still go out",
            "请等待数分钟至数小时再发送图片或文件；文字消息可能不受影响",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: &["webwxuploadmedia", "webwxcheckupload"],
        hint: Words::new(
            "wait for minutes to hours before the next upload; never use a media id that came with \
             this number, it may be that of another picture",
            "请等待数分钟至数小时再上传；切勿使用随此代码返回的 MediaId，它可能指向别的图片",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: &["webwxverifyuser"],
        hint: Words::new(
            "send and accept no friend requests for a day: this function costs accounts their web \
             login sooner than any other",
            "一天之内不要再发送或通过好友请求：此功能最容易导致帐号被禁止网页登录",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: &["webwxcreatechatroom", "webwxupdatechatroom"],
        hint: Words::new(
            "leave rooms as they are for some hours",
            "数小时内不要再创建或修改群聊",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: &["webwxgetcontact", "webwxbatchgetcontact"],
        hint: Words::new(
            "names come in later by themselves; look up fewer people at once",
            "名称稍后会自动补全；请减少一次查询的人数",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: &["webwxoplog"],
        hint: Words::new(
            "set remarks and pins one at a time, minutes apart, or do it on the phone",
            "请逐个设置备注和置顶并间隔数分钟，或在手机上操作",
        ),
    },
    Place {
        ret: Ret::TOO_OFTEN,
        endpoints: &["webwxinit", "webwxsync", "synccheck"],
        hint: Words::new(
            "leave the session alone for some minutes; do not log in again for that",
            "请让会话静置数分钟；不要因此重新登录",
        ),
    },
];
