//! Whatever comes in, one answer goes out.

use std::time::Duration;

use wx_sim::server::Setup;

use crate::client::Client;
use crate::media::app_file;
use crate::requests::{Dressed, Raw};

const REQUESTS: &[fn(&mut Client) -> Raw] = &[
    |c| c.jslogin_request(),
    |c| c.poll_login(0),
    |c| c.enter_request(),
    |c| c.push_request(),
    |c| c.init_request(),
    |c| {
        let me = c.me.clone();
        c.notify_request(3, &me)
    },
    |c| c.contacts_request(0),
    |c| c.batch_request(&["filehelper", "weixin"]),
    |c| c.check_request(),
    |c| c.sync_request(),
    |c| c.send_request("filehelper", "x"),
    |c| c.image_request("filehelper", "@crypt_1_2"),
    |c| c.app_request("filehelper", 6, &app_file("a.txt", 1, "@crypt_1_2", "txt")),
    |c| c.revoke_request("filehelper", "123456789012345678"),
    |c| {
        let file = c.file("a.txt", "text/plain", b"a".to_vec());
        c.check_upload_request(&file)
    },
    |c| c.message_media("webwxgetvideo", "msgid", "1", ""),
    |c| c.index_request(),
    |c| c.pin_request("filehelper", true, ""),
    |c| c.verify_request(2, "weixin", ""),
    |c| {
        let anna = c.name("wxid_anna7c20x1");
        c.create_room_request(&[&anna], "")
    },
    |c| {
        let own = c.name("40964096@chatroom");
        c.room_request("modtopic", &own, "\"NewTopic\":\"x\"")
    },
    |c| c.report_request("{}"),
    |c| c.link_request("http://example.org/"),
];

/// Sends a request and counts the answers it gets within the longest hold.
fn answers(client: &mut Client, request: impl Dressed) -> usize {
    let id = client.start(request);
    let mut answers = 0;
    for _ in 0..2 {
        while let Some((answered, _)) = client.server.poll_reply() {
            assert_eq!(answered, id);
            answers += 1;
        }
        client.now += Duration::from_secs(25);
        client.server.handle_timeout(client.now);
    }
    answers
}

#[test]
fn a_request_cut_anywhere_gets_one_answer() {
    let mut client = Client::online(Setup::default());
    for request in REQUESTS {
        let whole = request(&mut client);
        for end in (0..whole.body.len()).filter(|end| whole.body.is_char_boundary(*end)) {
            let mut cut = request(&mut client);
            cut.body.truncate(end);
            assert_eq!(answers(&mut client, cut.clone()), 1, "{cut:?}");
            client.log_in_if_over();
        }
        let path = whole
            .uri
            .find("/cgi-bin")
            .or(whole.uri.find("/jslogin"))
            .or(whole.uri.rfind('/'))
            .unwrap();
        for end in path + 1..whole.uri.len() {
            let mut cut = request(&mut client);
            cut.uri.truncate(end.min(cut.uri.len()));
            assert_eq!(answers(&mut client, cut.clone()), 1, "{cut:?}");
            client.log_in_if_over();
        }
    }
}

#[test]
fn deep_and_odd_json_gets_one_answer() {
    let mut client = Client::online(Setup::default());
    let deep = "[".repeat(100_000);
    let odd = [
        deep.as_str(),
        "null",
        "[]",
        "{\"BaseRequest\":null}",
        "{\"BaseRequest\":{\"Uin\":{},\"Sid\":[],\"Skey\":1e999,\"DeviceID\":true}}",
        "{\"BaseRequest\":{\"Uin\":-1,\"Sid\":\"\",\"Skey\":\"\"},\"SyncKey\":{\"Count\":-1,\"List\":[{}]}}",
        "\"\\ud800\"",
        "\\",
        "\u{feff}{}",
    ];
    for request in REQUESTS {
        for body in odd {
            let raw = request(&mut client).body(body);
            assert_eq!(
                answers(&mut client, raw),
                1,
                "{}",
                body.get(..20).unwrap_or(body)
            );
            client.log_in_if_over();
        }
    }
}

#[test]
fn a_form_cut_anywhere_gets_one_answer() {
    let mut client = Client::online(Setup::default());
    let file = client.file("a.txt", "text/plain", b"text".to_vec());
    let length = client.chunk(&file, 0).body().len();
    // The line feed at the very end may be missing.
    for end in 0..length - 2 {
        let whole = client.chunk(&file, 0).dressed(|raw| raw);
        // Another login may have shorter keys.
        let cut = whole.map(|body| body.slice(..end.min(body.len() - 3)));
        assert_eq!(answers(&mut client, cut), 1, "{end}");
        client.log_in_if_over();
    }
    assert_eq!(client.server.media(&file.md5()), None);
    client.upload(&file);
}
