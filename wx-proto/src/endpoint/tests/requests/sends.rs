use super::*;
use crate::{
    endpoint::{
        Row,
        envelope::Envelope,
        webwxrevokemsg,
        webwxsendappmsg::{self, App},
        webwxsendemoticon::{self, Sticker},
        webwxsendmsg::{self, Said},
        webwxsendmsgimg, webwxsendvideomsg,
    },
    id::{ClientMsgId, MsgId},
};

const ID: u64 = 16_725_312_201_550_412;

fn to(user_name: &str) -> Envelope<'_> {
    Envelope {
        from: ME,
        to: user_name,
        id: ClientMsgId(ID),
    }
}

/// A message as it stands in the body, between what is its own before and after the names.
fn body(before: &str, to: &str, after: &str) -> String {
    format!(
        r#"{{{BASE},"Msg":{{{before},"FromUserName":"{ME}","ToUserName":"{to}","LocalID":"{ID}","ClientMsgId":"{ID}"{after}}},"Scene":0}}"#
    )
}

pub(super) fn text(content: &str) -> Draft {
    let said = Said::Text {
        content,
        mention: &[],
    };
    webwxsendmsg::request(&cx(0, 0), &credentials(), to(ANNA), said)
}

#[test]
fn texts() {
    let target = bin(&format!("webwxsendmsg?lang=zh_CN&{TICKET}"));
    is_json(
        &text("七点\n集合"),
        Endpoint::SendMsg,
        &target,
        &body(r#""Type":1,"Content":"七点\n集合""#, ANNA, ""),
    );
    // The service decodes neither \u nor \/ nor HTML in what it gets.
    is_json(
        &text("<b>\u{1F604}\u{2005}&\u{2028}\"/\\'\u{7f}</b>"),
        Endpoint::SendMsg,
        &target,
        &body(
            "\"Type\":1,\"Content\":\"<b>\u{1F604}\u{2005}&\u{2028}\\\"/\\\\'\u{7f}</b>\"",
            ANNA,
            "",
        ),
    );
}

#[test]
fn whoever_is_mentioned_is_named_behind_the_text() {
    let send = |mention: &[&str]| {
        let said = Said::Text {
            content: "@Anna\u{2005}hi",
            mention,
        };
        webwxsendmsg::request(&cx(0, 0), &credentials(), to(ROOM), said)
    };
    let target = bin(&format!("webwxsendmsg?lang=zh_CN&{TICKET}"));
    let content = "\"Type\":1,\"Content\":\"@Anna\u{2005}hi\"";
    is_json(
        &send(&[]),
        Endpoint::SendMsg,
        &target,
        &body(content, ROOM, ""),
    );
    is_json(
        &send(&[ANNA, "@d41c"]),
        Endpoint::SendMsg,
        &target,
        &body(
            content,
            ROOM,
            &format!(
                r#","MsgSource":"<msgsource><atusername>{ANNA},@d41c</atusername><atchatroomname>{ROOM}</atchatroomname></msgsource>""#
            ),
        ),
    );
    let draft = send(&["@a</atusername>"]);
    let body = std::str::from_utf8(&draft.body).unwrap();
    assert!(body.contains("<atusername>@a&lt;/atusername&gt;</atusername>"));
}

#[test]
fn locations_and_cards() {
    let target = bin(&format!("webwxsendmsg?lang=zh_CN&{TICKET}"));
    let content = "<msg a='\"'>\n\t&amp;</msg>";
    let escaped = r#"<msg a='\"'>\n\t&amp;</msg>"#;
    for (said, kind) in [
        (Said::Location { content }, 48),
        (Said::Card { content }, 42),
    ] {
        is_json(
            &webwxsendmsg::request(&cx(0, 0), &credentials(), to(ANNA), said),
            Endpoint::SendMsg,
            &target,
            &body(&format!(r#""Type":{kind},"Content":"{escaped}""#), ANNA, ""),
        );
    }
}

#[test]
fn pictures_and_videos() {
    let query = format!("?fun=async&f=json&lang=zh_CN&{TICKET}");
    for (content, written) in [("", ""), ("<msg x=\"1\"/>", r#"<msg x=\"1\"/>"#)] {
        let media = |kind: u8| {
            let message =
                format!(r#""Type":{kind},"MediaId":"@crypt_710c07a2_9c10","Content":"{written}""#);
            body(&message, "filehelper", "")
        };
        let (cx, credentials, id) = (cx(0, 0), credentials(), "@crypt_710c07a2_9c10");
        is_json(
            &webwxsendmsgimg::request(&cx, &credentials, to("filehelper"), id, content),
            Endpoint::SendMsgImg,
            &bin(&format!("webwxsendmsgimg{query}")),
            &media(3),
        );
        for (micro, kind) in [(false, 43), (true, 62)] {
            is_json(
                &webwxsendvideomsg::request(
                    &cx,
                    &credentials,
                    to("filehelper"),
                    id,
                    content,
                    micro,
                ),
                Endpoint::SendVideoMsg,
                &bin(&format!("webwxsendvideomsg{query}")),
                &media(kind),
            );
        }
    }
}

#[test]
fn stickers() {
    let target = bin(&format!("webwxsendemoticon?fun=sys&lang=zh_CN&{TICKET}"));
    for (sticker, member) in [
        (
            Sticker::Media("@crypt_710c07a2_aa01"),
            r#""MediaId":"@crypt_710c07a2_aa01""#,
        ),
        (
            Sticker::Md5("0cc175b9c0f1b6a831c399e269772661"),
            r#""EMoticonMd5":"0cc175b9c0f1b6a831c399e269772661""#,
        ),
    ] {
        is_json(
            &webwxsendemoticon::request(&cx(0, 0), &credentials(), to(ANNA), sticker),
            Endpoint::SendEmoticon,
            &target,
            &body(&format!(r#""Type":47,"EmojiFlag":2,{member}"#), ANNA, ""),
        );
    }
}

fn appmsg(app_id: &str, title: &str, size: u64, extension: &str) -> String {
    format!(
        "\"Type\":6,\"Content\":\"<appmsg appid='{app_id}' sdkver=''><title>{title}</title><des></des><action></action><type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>{size}</totallen><attachid>@crypt_710c07a2_bb02</attachid><fileext>{extension}</fileext></appattach><extinfo></extinfo></appmsg>\""
    )
}

#[test]
fn files() {
    let target = bin(&format!(
        "webwxsendappmsg?fun=async&f=json&lang=zh_CN&{TICKET}"
    ));
    let send = |cx: &Context<'_>, name: &str, size: u64, signature: &str| {
        let file = App::File {
            name,
            size,
            media_id: "@crypt_710c07a2_bb02",
            signature,
        };
        webwxsendappmsg::request(cx, &credentials(), to(ANNA), file)
    };
    let web = cx(0, 0);
    is_json(
        &send(&web, "report.pdf", 700_000, ""),
        Endpoint::SendAppMsg,
        &target,
        &body(
            &appmsg("wxeb7ec651dd0aefa9", "report.pdf", 700_000, "pdf"),
            ANNA,
            "",
        ),
    );
    is_json(
        &send(&web, "scan.zip", 31_457_280, "ExampleSignature0011"),
        Endpoint::SendAppMsg,
        &target,
        &body(
            &appmsg("wxeb7ec651dd0aefa9", "scan.zip", 31_457_280, "zip"),
            ANNA,
            r#","Signature":"ExampleSignature0011""#,
        ),
    );
    // The page itself forgets to escape.
    for (name, title, extension) in [
        ("R&D <1>.tar.gz", "R&amp;D &lt;1&gt;.tar.gz", "gz"),
        ("无", "无", ""),
        ("a.", "a.", ""),
        ("x.</fileext>", "x.&lt;/fileext&gt;", "&lt;/fileext&gt;"),
    ] {
        is_json(
            &send(&web, name, 1, ""),
            Endpoint::SendAppMsg,
            &target,
            &body(&appmsg("wxeb7ec651dd0aefa9", title, 1, extension), ANNA, ""),
        );
    }
    let desktop = Context {
        desktop: true,
        ..web
    };
    is_json(
        &send(&desktop, "report.pdf", 700_000, ""),
        Endpoint::SendAppMsg,
        &bin(&format!(
            "webwxsendappmsg?fun=async&f=json&mod=desktop&lang=zh_CN&{TICKET}"
        )),
        &body(&appmsg("", "report.pdf", 700_000, "pdf"), ANNA, ""),
    );
}

#[test]
fn what_an_application_made_is_forwarded_as_it_is() {
    let forwarded = App::Forwarded {
        kind: 5,
        content: "<appmsg appid=\"\"><title>a&amp;b</title></appmsg>",
    };
    is_json(
        &webwxsendappmsg::request(&cx(0, 0), &credentials(), to(ANNA), forwarded),
        Endpoint::SendAppMsg,
        &bin(&format!(
            "webwxsendappmsg?fun=async&f=json&lang=zh_CN&{TICKET}"
        )),
        &body(
            r#""Type":5,"Content":"<appmsg appid=\"\"><title>a&amp;b</title></appmsg>""#,
            ANNA,
            "",
        ),
    );
}

#[test]
fn a_recall() {
    let msg_id = MsgId::new("7650884298732299102").unwrap();
    is_json(
        &webwxrevokemsg::request(&cx(0, 0), &credentials(), ANNA, &msg_id, ClientMsgId(ID)),
        Endpoint::RevokeMsg,
        &bin(&format!("webwxrevokemsg?{TICKET}")),
        &format!(
            r#"{{{BASE},"SvrMsgId":"7650884298732299102","ToUserName":"{ANNA}","ClientMsgId":"{ID}"}}"#
        ),
    );
}

#[test]
fn a_session_resumed_by_cookies_sends_without_a_ticket() {
    let (cx, resumed, id) = (cx(0, 0), resumed(), "@crypt_710c07a2_9c10");
    let said = Said::Card { content: "" };
    let forwarded = App::Forwarded {
        kind: 5,
        content: "",
    };
    for draft in [
        webwxsendmsg::request(&cx, &resumed, to(ANNA), said),
        webwxsendmsgimg::request(&cx, &resumed, to(ANNA), id, ""),
        webwxsendvideomsg::request(&cx, &resumed, to(ANNA), id, "", false),
        webwxsendemoticon::request(&cx, &resumed, to(ANNA), Sticker::Media(id)),
        webwxsendappmsg::request(&cx, &resumed, to(ANNA), forwarded),
    ] {
        let Row { path, .. } = draft.endpoint.row();
        assert!(draft.target.starts_with(path));
        assert!(draft.target.ends_with("lang=zh_CN"), "{}", draft.target);
    }
}
