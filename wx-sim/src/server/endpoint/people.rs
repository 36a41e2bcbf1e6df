//! The calls about people and rooms, and what the page reports.

use super::super::masks::Kind;
use super::{
    Body, Endpoint, Form, Host, LANG, PASS_TICKET, Param, Row, get, page, post, some, vital,
};

/// The page adds these to each JSON call where it can, and not in every of its generations.
const SOME_LANG: Param = some("lang", Form::Lang);
const SOME_TICKET: Param = some("pass_ticket", Form::PassTicket);

pub(super) static ROWS: &[Row] = &[
    Row {
        params: &[LANG, PASS_TICKET],
        body: Body::Json(&["BaseRequest", "UserName", "CmdId"]),
        may: &["RemarkName", "OP"],
        ..post(Endpoint::OpLog, "E50", "webwxoplog")
    },
    Row {
        params: &[page("r", Form::Millis), LANG, PASS_TICKET],
        body: Body::Json(&[
            "BaseRequest",
            "Opcode",
            "VerifyUserListSize",
            "VerifyUserList",
            "VerifyContent",
            "SceneListCount",
            "SceneList",
            "skey",
        ]),
        ..post(Endpoint::VerifyUser, "E51", "webwxverifyuser")
    },
    Row {
        params: &[page("r", Form::Millis), SOME_LANG, PASS_TICKET],
        body: Body::Json(&["BaseRequest", "MemberCount", "MemberList", "Topic"]),
        ..post(Endpoint::CreateChatRoom, "E52", "webwxcreatechatroom")
    },
    Row {
        params: &[vital("fun", Form::Any), SOME_LANG, PASS_TICKET],
        body: Body::Json(&["BaseRequest", "ChatRoomName"]),
        may: &[
            "AddMemberList",
            "InviteMemberList",
            "DelMemberList",
            "NewTopic",
        ],
        ..post(Endpoint::UpdateChatRoom, "E53", "webwxupdatechatroom")
    },
    Row {
        params: &[SOME_LANG, SOME_TICKET],
        body: Body::Json(&["BaseRequest", "KeyWord"]),
        ..post(Endpoint::SearchContact, "E54", "webwxsearchcontact")
    },
    Row {
        params: &[page("fun", Form::Fixed("new")), SOME_LANG, SOME_TICKET],
        body: Body::Json(&["BaseRequest", "Count", "List"]),
        ..post(Endpoint::StatReport, "E60", "webwxstatreport")
    },
    Row {
        params: &[
            vital("requrl", Form::Any),
            page("skey", Form::Skey),
            page("deviceid", Form::DeviceId),
            PASS_TICKET,
            page("opcode", Form::Fixed("2")),
            page("scene", Form::Fixed("1")),
            page("username", Form::Given(Kind::User)),
        ],
        ..get(Endpoint::CheckUrl, "E61", "webwxcheckurl", Host::Main)
    },
    Row {
        params: &[SOME_LANG, SOME_TICKET],
        body: Body::Json(&["BaseRequest", "MachineType", "Content", "ReportType"]),
        ..post(Endpoint::SendFeedback, "E62", "webwxsendfeedback")
    },
];
