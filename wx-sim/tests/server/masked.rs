//! What is masked in requests about people, rooms and media, shown as text.

use std::time::Duration;

use wx_sim::server::{Act, Piece, Setup};

use crate::canonical::{line, text_of};
use crate::client::{Client, json};
use crate::media::{CHUNK, app_file, bytes, given};
use crate::requests::Raw;
use crate::walk::setup;

#[test]
fn people_rooms_and_reports_are_shown_without_names_and_tickets() {
    let base = "{\"BaseRequest\":{\"Uin\":<uin-1>,\"Sid\":\"<sid-1>\",\"Skey\":\"<skey-2>\",\
                \"DeviceID\":\"<device>\"}";
    let mut client = Client::online(setup());
    client.act(Act::FriendRequest {
        plain: "wxid_new0".to_owned(),
        nick: "New".to_owned(),
        words: String::new(),
    });
    let message = client.drain().remove(0);
    let ticket = message["RecommendInfo"]["Ticket"].as_str().unwrap();
    let (new, anna) = (client.name("wxid_new0"), client.name("wxid_anna7c20x1"));
    let room = client.name("10241024@chatroom");
    let mut told = |raw: Raw| {
        let text = text_of(&mut client, raw);
        assert!(client.last().is_accepted(), "{}", client.last());
        assert!(
            !text.contains('…') && !text.contains("v4_") && !text.contains(&anna),
            "{text}"
        );
        line(&text, "{")
    };
    // The same client once more: of one seed, it writes the same requests.
    let mut by_hand = Client::online(setup());
    by_hand.act(Act::FriendRequest {
        plain: "wxid_new0".to_owned(),
        nick: "New".to_owned(),
        words: String::new(),
    });
    for (raw, members) in [
        (
            by_hand.verify_request(3, &new, ticket),
            "\"Opcode\":3,\"VerifyUserListSize\":1,\"VerifyUserList\":[{\"Value\":\"<user-1>\",\
             \"VerifyUserTicket\":\"<ticket-2>\"}],\"VerifyContent\":\"\",\"SceneListCount\":1,\
             \"SceneList\":[33],\"skey\":\"<skey-2>\"",
        ),
        (
            by_hand.pin_request(&anna, true, "安娜"),
            "\"UserName\":\"<user-2>\",\"CmdId\":3,\"OP\":1,\"RemarkName\":\"安娜\"",
        ),
        (
            by_hand.create_room_request(&[&anna], "T"),
            "\"MemberCount\":1,\"MemberList\":[{\"UserName\":\"<user-2>\"}],\"Topic\":\"T\"",
        ),
        (
            by_hand.room_request(
                "addmember",
                &room,
                &format!("\"AddMemberList\":\"{new},{anna}\""),
            ),
            "\"ChatRoomName\":\"<user-3>\",\"AddMemberList\":\"<user-1>,<user-2>\"",
        ),
        (
            by_hand.call("webwxsearchcontact", "", "\"KeyWord\":\"a\""),
            "\"KeyWord\":\"a\"",
        ),
    ] {
        assert_eq!(told(raw), format!("{base},{members}}}"));
    }
    let raw = by_hand.report_request("{\\\"type\\\":\\\"x\\\",\\\"time\\\":1672531200123}");
    let report = told(raw);
    assert!(
        report.ends_with(",\"Count\":1,\"List\":[{\"Type\":1,\"Text\":\"<report>\"}]}"),
        "{report}"
    );
    let raw = by_hand.link_request("http://example.org/");
    let text = text_of(&mut client, raw);
    assert!(
        text.starts_with(
            "GET main /cgi-bin/mmwebwx-bin/webwxcheckurl requrl=http://example.org/ skey=<skey-2> \
             deviceid=<device> pass_ticket=<pass_ticket-1> opcode=2 scene=1 username=<user-4>\n"
        ),
        "{text}"
    );
    let raw = by_hand.push_request();
    let text = text_of(&mut client, raw);
    assert!(
        text.starts_with("GET main /cgi-bin/mmwebwx-bin/webwxpushloginurl uin=<uin-1>\n"),
        "{text}"
    );
    let raw = client.index_request();
    assert!(text_of(&mut client, raw).starts_with("GET main /\n"));
}

/// A picture is uploaded, sent, looked at and taken back, and a file comes and is fetched.
fn media_walk(mut client: Client) -> Client {
    let picture = client.file("a.jpg", "image/jpeg", bytes(CHUNK + 9));
    let raw = client.check_upload_request(&picture);
    client.ask(raw);
    let media_id = client.upload(&picture);
    let raw = client.image_request("filehelper", &media_id);
    let sent = json(&client.ask(raw));
    let id = sent["MsgID"].as_str().unwrap().to_owned();
    client.picture(&id, "&type=slave");
    let document = client.file("b.pdf", "application/pdf", bytes(100));
    let media_id = client.upload(&document);
    let raw = client.file_request("filehelper", &document, &media_id);
    client.ask(raw);
    let raw = client.revoke_request("filehelper", &id);
    client.ask(raw);
    let piece = Piece::File {
        name: "c.txt".to_owned(),
        data: given(b"text"),
    };
    let message = client.receive("Anna", None, piece);
    let raw = client.attachment_request(&message);
    client.ask(raw);
    client
}

#[test]
fn media_are_shown_by_name_size_and_md5_and_their_ids_are_masked() {
    let client = media_walk(Client::online(setup()));
    let transcript = client.server.transcript();
    let cgi = "/cgi-bin/mmwebwx-bin";
    let base = "{\"UploadType\":2,\"BaseRequest\":{\"Uin\":<uin-1>,\"Sid\":\"<sid-1>\",\
                \"Skey\":\"<skey-2>\",\"DeviceID\":\"<device>\"}";
    let md5 = crate::media::md5(&bytes(CHUNK + 9));
    let app = app_file("b.pdf", 100, "<media-2>", "pdf");
    let expected = [
        "name=a.jpg".to_owned(),
        "lastModifiedDate=<time>".to_owned(),
        "chunks=2".to_owned(),
        "chunk=1".to_owned(),
        format!(
            "uploadmediarequest={base},\"ClientMediaId\":<upload-1>,\"TotalLen\":524297,\
             \"StartPos\":0,\"DataLen\":524297,\"MediaType\":4,\"FromUserName\":\"<user-1>\",\
             \"ToUserName\":\"filehelper\",\"FileMd5\":\"{md5}\"}}"
        ),
        "webwx_data_ticket=<data_ticket-1>".to_owned(),
        "filename=a.jpg image/jpeg 524288 bytes".to_owned(),
        "filename=a.jpg image/jpeg 9 bytes".to_owned(),
        "content-type: multipart/form-data;".to_owned(),
        format!("GET main {cgi}/webwxgetmsgimg MsgID=<message-2> skey=<skey-2> type=slave"),
        format!(
            "GET file {cgi}/webwxgetmedia sender=<user-2> mediaid=<media-3> \
             encryfilename=c%2Etxt fromuser=<uin-1> pass_ticket=<pass_ticket-1> \
             webwx_data_ticket=<data_ticket-1>"
        ),
    ];
    for line in expected {
        let found = transcript.lines().any(|have| have.trim_start() == line);
        assert!(found, "{line}\nis not in\n{transcript}");
    }
    let start: String = app.chars().take(200).collect();
    assert!(transcript.contains(&start), "{transcript}");
    assert!(transcript.contains("\"MediaId\":\"<media-1>\",\"Content\":\"\""));
    assert!(transcript.contains("\"SvrMsgId\":\"<message-2>\""));
    let secrets = [&client.skey, &client.cookies["webwx_data_ticket"]];
    assert!(!transcript.contains("@crypt_"));
    for secret in secrets {
        assert!(!transcript.contains(secret.as_str()));
    }
    for seed in 8..12 {
        let mut client = Client::new(Setup { seed, ..setup() });
        client.now += Duration::from_secs(seed * 12_345_678);
        client.log_in();
        client.init();
        assert_eq!(media_walk(client).server.transcript(), transcript);
    }
}

#[test]
fn keys_of_large_files_are_masked() {
    let mut client = Client::online(setup());
    let mut file = client.file("a.bin", "application/octet-stream", bytes(9));
    (file.aes_key, file.signature) = ("secret key".to_owned(), "secret sign".to_owned());
    let form = client.chunk(&file, 0);
    client.ask(form);
    let text = client.last().canonical.clone();
    let masked = "\"AESKey\":\"<aes_key-1>\",\"Signature\":\"<signature-1>\"}";
    assert!(text.contains(masked), "{text}");
    assert!(!text.contains("secret"));
}
