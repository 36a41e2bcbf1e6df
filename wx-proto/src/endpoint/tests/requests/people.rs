use super::*;
use crate::endpoint::{
    webwxcreatechatroom,
    webwxoplog::{self, Op},
    webwxsearchcontact, webwxstatreport,
    webwxupdatechatroom::{self, Change},
    webwxverifyuser::{self, Opcode},
};

#[test]
fn remarks_and_pins() {
    let target = bin(&format!("webwxoplog?lang=zh_CN&{TICKET}"));
    let of = |op: Op<'_>| webwxoplog::request(&cx(0, 0), &credentials(), ANNA, op);
    for (op, members) in [
        (Op::Remark("安娜 PM"), r#""CmdId":2,"RemarkName":"安娜 PM""#),
        (Op::Remark(""), r#""CmdId":2,"RemarkName":"""#),
        (
            Op::Pin {
                on: true,
                remark: "安娜 PM",
            },
            r#""CmdId":3,"OP":1,"RemarkName":"安娜 PM""#,
        ),
        (
            Op::Pin {
                on: false,
                remark: "",
            },
            r#""CmdId":3,"OP":0,"RemarkName":"""#,
        ),
    ] {
        is_json(
            &of(op),
            Endpoint::OpLog,
            &target,
            &format!(r#"{{"UserName":"{ANNA}",{members},{BASE}}}"#),
        );
    }
}

#[test]
fn friends() {
    let key = "@crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b";
    for (opcode, code, ticket, content) in [
        (Opcode::Add, 1, "", ""),
        (Opcode::Request, 2, "", "我是测试"),
        (Opcode::Accept, 3, "v4_exampleticket", ""),
    ] {
        is_json(
            &webwxverifyuser::request(
                &cx(1_672_531_300_001, 0),
                &credentials(),
                opcode,
                ANNA,
                ticket,
                content,
            ),
            Endpoint::VerifyUser,
            &bin(&format!(
                "webwxverifyuser?r=1672531300001&lang=zh_CN&{TICKET}"
            )),
            &format!(
                r#"{{{BASE},"Opcode":{code},"VerifyUserListSize":1,"VerifyUserList":[{{"Value":"{ANNA}","VerifyUserTicket":"{ticket}"}}],"VerifyContent":"{content}","SceneListCount":1,"SceneList":[33],"skey":"{key}"}}"#
            ),
        );
    }
}

#[test]
fn rooms() {
    is_json(
        &webwxcreatechatroom::request(
            &cx(1_672_531_310_001, 0),
            &credentials(),
            &[ANNA, "@d41c"],
            "",
        ),
        Endpoint::CreateChatRoom,
        &bin(&format!("webwxcreatechatroom?r=1672531310001&{TICKET}")),
        &format!(
            r#"{{"MemberCount":2,"MemberList":[{{"UserName":"{ANNA}"}},{{"UserName":"@d41c"}}],"Topic":"",{BASE}}}"#
        ),
    );
    for (change, fun, member) in [
        (
            Change::Add(&[ANNA]),
            "addmember",
            format!(r#""AddMemberList":"{ANNA}","#),
        ),
        (
            Change::Invite(&[ANNA, "@d41c"]),
            "invitemember",
            format!(r#""InviteMemberList":"{ANNA},@d41c","#),
        ),
        (
            Change::Remove(&["@d41c"]),
            "delmember",
            r#""DelMemberList":"@d41c","#.to_owned(),
        ),
        (
            Change::Topic("周日徒步"),
            "modtopic",
            r#""NewTopic":"周日徒步","#.to_owned(),
        ),
        (Change::Quit, "quitchatroom", String::new()),
    ] {
        is_json(
            &webwxupdatechatroom::request(&cx(0, 0), &credentials(), ROOM, change),
            Endpoint::UpdateChatRoom,
            &bin(&format!("webwxupdatechatroom?fun={fun}&{TICKET}")),
            &format!(r#"{{{member}"ChatRoomName":"{ROOM}",{BASE}}}"#),
        );
    }
}

#[test]
fn the_search() {
    is_json(
        &webwxsearchcontact::request(&cx(0, 0), &credentials(), "anna"),
        Endpoint::SearchContact,
        &bin(&format!("webwxsearchcontact?{TICKET}")),
        &format!(r#"{{{BASE},"KeyWord":"anna"}}"#),
    );
}

#[test]
fn reports_have_no_key() {
    let text = r#"{"type":"[action-record]","data":{"actions":[]}}"#;
    is_json(
        &webwxstatreport::request(&cx(0, 0), &credentials(), &[(1, text), (2, "{}")]),
        Endpoint::StatReport,
        &bin(&format!("webwxstatreport?fun=new&{TICKET}")),
        r#"{"BaseRequest":{"Uin":2100045678,"Sid":"Zx3KqT8bWnE1Yv0r","DeviceID":"e318540297714663"},"Count":2,"List":[{"Type":1,"Text":"{\"type\":\"[action-record]\",\"data\":{\"actions\":[]}}"},{"Type":2,"Text":"{}"}]}"#,
    );
}
