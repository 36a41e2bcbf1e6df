//! The answers on the way to a session.

use wx_proto::{
    Ret,
    endpoint::{Uin, jslogin, login, webwxnewloginpage, webwxpushloginurl},
};
use wx_sim::{
    server::{Family, Setup},
    world::World,
};

use crate::common::*;

fn poll(body: &str) -> login::Reply {
    login::parse(body.as_bytes()).unwrap()
}

fn page(body: &str) -> webwxnewloginpage::Reply {
    webwxnewloginpage::parse(body.as_bytes()).unwrap()
}

#[test]
fn oddity_14_blanks_round_the_equals_sign_come_and_go() {
    for blank in ["", " "] {
        let body = format!(
            "window.QRLogin.code{blank}={blank}200; window.QRLogin.uuid{blank}={blank}\"Qb==\";"
        );
        let reply = jslogin::parse(body.as_bytes()).unwrap();
        assert_eq!((reply.code, reply.uuid.as_deref()), (200, Some("Qb==")));
        let body =
            format!("window.code{blank}={blank}201;window.userAvatar{blank}={blank}'data:,';");
        assert_eq!(poll(&body).user_avatar.as_deref(), Some("data:,"));
    }
}

#[test]
fn oddity_15_the_picture_stands_in_single_quotes_and_the_address_in_double_ones() {
    let scanned = poll("window.code=201;window.userAvatar = 'data:img/jpg;base64,\"AA\"==';");
    assert_eq!(
        scanned.user_avatar.as_deref(),
        Some("data:img/jpg;base64,\"AA\"==")
    );
    let confirmed = poll("window.code=200;\nwindow.redirect_uri=\"https://wx.qq.com/a?b='c'\";");
    assert_eq!(
        confirmed.redirect_uri.unwrap().expose(),
        "https://wx.qq.com/a?b='c'"
    );
}

#[test]
fn oddity_16_the_picture_is_of_no_proper_type_or_empty_or_missing() {
    for picture in [
        "data:img/jpg;base64,iVBORw0KGgo=",
        "data:img/jpg;base64,",
        "",
    ] {
        let scanned = poll(&format!("window.code=201;window.userAvatar = '{picture}';"));
        assert_eq!(
            (
                scanned.code,
                scanned.user_avatar.as_deref().unwrap_or_default()
            ),
            (201, picture)
        );
    }
    assert_eq!(poll("window.code=201;").user_avatar, None);
}

#[test]
fn oddity_17_the_address_stands_in_a_second_statement_on_a_second_line_or_the_same() {
    for between in [";\n", ";"] {
        let confirmed = poll(&format!(
            "window.code=200{between}window.redirect_uri=\"https://wx.qq.com/a?b\";"
        ));
        assert_eq!(
            (confirmed.code, confirmed.redirect_uri.unwrap().expose()),
            (200, "https://wx.qq.com/a?b")
        );
    }
}

#[test]
fn oddity_18_the_host_of_the_address_is_where_the_whole_session_goes_on() {
    for family in [
        Family::Wx,
        Family::Wx2,
        Family::Wx8,
        Family::Web,
        Family::Web2,
    ] {
        let mut world = World::new(Setup {
            family,
            ..Setup::default()
        });
        let bot = world.join(config(), [3; 32]);
        assert!(world.to_online(bot), "{family:?}");
        world.run_for(60 * SECOND);
        // The service judges at which host each request arrives.
        assert_clean(&world);
    }
}

#[test]
fn oddity_19_ticket_and_uuid_come_through_as_they_stand() {
    let uri = "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A_b-c_d-@qrticket_0&uuid=Qb_x-A==&lang=ja_JP&scan=1700000000";
    let confirmed = poll(&format!("window.code=200;\nwindow.redirect_uri=\"{uri}\";"));
    assert_eq!(confirmed.redirect_uri.unwrap().expose(), uri);
}

#[test]
fn oddity_20_a_refused_code_has_no_uuid_and_an_empty_error() {
    let refused =
        jslogin::parse(b"window.QRLogin.code = 400; window.QRLogin.error = \"\";").unwrap();
    assert_eq!((refused.code, refused.uuid), (400, None));
    assert_eq!(poll("window.code=400;").code, 400);
}

const GRANTED: &str = "<error><ret>0</ret><message>OK</message><skey>@crypt_5a3c10f2_0d9e</skey><wxsid>Zx3K/T8b+nE1</wxsid><wxuin>4100045678</wxuin><pass_ticket>Qx7%2Bm2Lk%3D</pass_ticket><isgrayscale>1</isgrayscale></error>";

#[test]
fn oddity_21_success_is_called_error_and_its_message_may_be_empty() {
    for granted in [GRANTED.to_owned(), GRANTED.replace(">OK<", "><")] {
        let granted = page(&granted);
        assert!(granted.ret.is_ok() && granted.skey.is_some() && granted.wxsid.is_some());
    }
}

#[test]
fn oddity_22_of_a_refusal_only_the_number_counts() {
    for words in [
        "为了你的帐号安全，此微信号已不允许登录网页微信。",
        "For account security,  this account cannot log in to Web WeChat.",
        "",
    ] {
        let refused = page(&format!(
            "<error><ret>1203</ret><message>{words}</message></error>"
        ));
        assert_eq!(
            (refused.ret, refused.message.as_str()),
            (Ret::LOGIN_REFUSED, words)
        );
        assert_eq!(
            (
                refused.skey,
                refused.wxsid,
                refused.wxuin,
                refused.pass_ticket
            ),
            (None, None, None, None)
        );
    }
    // A body counts under a redirect, too.
    let mut world = World::new(Setup::default());
    let reply = "<error><ret>1203</ret><message>no</message></error>";
    world
        .server_mut()
        .plant("webwxnewloginpage", 1, crate::common::page(301, reply));
    let bot = world.join(config(), [3; 32]);
    world.run_for(HOUR);
    assert!(matches!(
        end_of(&world.events(bot)),
        wx_proto::EndCause::Refused(_)
    ));
}

#[test]
fn oddity_23_blanks_may_precede_the_root() {
    assert_eq!(page(&format!("\n   \t{GRANTED}")), page(GRANTED));
}

#[test]
fn oddity_24_the_number_of_an_account_has_32_bits_and_no_sign() {
    for (uin, number) in [
        ("4294967295", 4_294_967_295),
        ("2455000001", 2_455_000_001),
        ("1234567", 1_234_567),
    ] {
        let granted = page(&GRANTED.replace("4100045678", uin));
        assert_eq!(granted.wxuin.map(Uin::expose), Some(number));
    }
    for no_number in ["-1839952295", "4294967296", "0", ""] {
        assert_eq!(
            page(&GRANTED.replace("4100045678", no_number)).wxuin,
            None,
            "{no_number}"
        );
    }
}

#[test]
fn oddity_25_the_ticket_of_a_session_stays_encoded_as_it_came() {
    for ticket in ["Qx7%2Bm2Lk%3D", "Qx7%252F", "plain"] {
        let granted = page(&GRANTED.replace("Qx7%2Bm2Lk%3D", ticket));
        assert_eq!(granted.pass_ticket.unwrap().expose(), ticket);
        assert_eq!(granted.wxsid.unwrap().expose(), "Zx3K/T8b+nE1");
    }
}

#[test]
fn oddity_31_push_login_answers_in_a_form_of_its_own() {
    let reply =
        webwxpushloginurl::parse(br#"{"ret":"0","msg":"all ok","uuid":"A_1_x=="}"#).unwrap();
    assert_eq!(
        (reply.ret, reply.uuid.as_deref()),
        (Ret::OK, Some("A_1_x=="))
    );
    let refused = webwxpushloginurl::parse(br#"{"ret":"1","msg":"","uuid":""}"#).unwrap();
    assert_eq!((refused.ret, refused.uuid), (Ret(1), None));
}
