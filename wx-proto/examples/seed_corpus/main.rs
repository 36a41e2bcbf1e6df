//! Writes the seeds of the fuzz targets, from sessions with the simulated service and from the
//! samples of the tests:
//!
//! ```text
//! cargo run -p wx-proto --example seed_corpus
//! ```
//!
//! It writes over what it wrote before, and leaves alone what others put there: inputs that led to a
//! bug, under the name of what went wrong.

mod sequences;
mod sessions;

use std::{
    collections::BTreeSet,
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use wx_proto::{
    clean,
    endpoint::message::MessageRecord,
    fuzzing::{MESSAGE_TYPES, place_of},
};

use sessions::Transcript;

type Outcome = Result<(), Box<dyn Error>>;

/// Names, and what is in them.
type Files = Vec<(String, Vec<u8>)>;

/// More than that teaches a fuzzer little, and every run begins with all of them.
const MOST: usize = 60;

/// The largest seed, in bytes. It is the measure for what the fuzzer makes of it.
const LARGEST: usize = 6000;

fn main() -> Outcome {
    let transcripts = sessions::all()?;
    let mut seeds = Seeds::default();
    for transcript in &transcripts {
        replies(&mut seeds, transcript);
        cookies(&mut seeds, transcript);
        for (at, saved) in transcript.snapshots.iter().enumerate() {
            seeds.add("snapshot", &format!("{}_{at}", transcript.name), saved);
        }
    }
    samples(&mut seeds)?;
    spellings(&mut seeds);
    sequences::client_ops(&mut seeds);
    sequences::client_vs_server(&mut seeds);
    seeds.write()
}

/// Where the samples of the tests are.
fn testdata(folder: &str) -> Result<Files, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        files.push((name, fs::read(path)?));
    }
    files.sort();
    Ok(files)
}

/// What is to be written.
#[derive(Default)]
pub(crate) struct Seeds {
    all: Vec<(PathBuf, Vec<u8>)>,
    known: BTreeSet<(String, Vec<u8>)>,
}

impl Seeds {
    /// Adds a seed, unless it is there under another name, or too much.
    pub(crate) fn add(&mut self, target: &str, name: &str, bytes: &[u8]) {
        let of_target = self
            .known
            .iter()
            .filter(|(other, _)| other == target)
            .count();
        if bytes.len() > LARGEST || of_target == MOST {
            return;
        }
        if self.known.insert((target.to_owned(), bytes.to_vec())) {
            self.all
                .push((Path::new(target).join(name), bytes.to_vec()));
        }
    }

    fn write(self) -> Outcome {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
        let mut size = 0;
        for (path, bytes) in &self.all {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, bytes)?;
            size += bytes.len();
        }
        writeln!(io::stdout(), "{} seeds, {size} bytes", self.all.len())?;
        Ok(())
    }
}

/// What the service answered, for the parsers.
fn replies(seeds: &mut Seeds, transcript: &Transcript) {
    for (at, (endpoint, body)) in transcript.replies.iter().enumerate() {
        let name = format!("{endpoint}_{}_{at}", transcript.name);
        if matches!(endpoint.as_str(), "jslogin" | "login" | "synccheck") {
            seeds.add("js", &name, body);
        }
        if let Some(place) = place_of(endpoint) {
            let bytes = [&[place], body.as_slice()].concat();
            let stem = format!("{endpoint}_{}", transcript.name);
            // Two of a kind in a session are enough.
            let is_alike = |(path, _): &&(PathBuf, _)| path.to_string_lossy().contains(&stem);
            if seeds.all.iter().filter(is_alike).count() < 2 {
                seeds.add("json_reply", &name, &bytes);
            }
        }
    }
}

/// What the service set, for the cookie jar, which wants the number of the family first.
fn cookies(seeds: &mut Seeds, transcript: &Transcript) {
    for (at, set) in transcript.cookies.iter().enumerate() {
        let lines = set.join("\n");
        let bytes = [&[1], lines.as_bytes()].concat();
        seeds.add("cookie", &format!("{}_{at}", transcript.name), &bytes);
        // The same, and later; then at another host.
        let later = [
            &bytes,
            &b"\n\x02\xd0\x02\n\x01\x02"[..],
            b"\n",
            lines.as_bytes(),
        ]
        .concat();
        seeds.add("cookie", &format!("{}_{at}_later", transcript.name), &later);
    }
}

/// The samples of the tests.
fn samples(seeds: &mut Seeds) -> Outcome {
    for (name, bytes) in testdata("snapshots")? {
        seeds.add("snapshot", &name, &bytes);
    }
    for (name, body) in testdata("replies")? {
        if let Some(place) = place_of(&name) {
            seeds.add("json_reply", &name, &[&[place], body.as_slice()].concat());
        }
    }
    for (name, bytes) in testdata("content")? {
        let record: MessageRecord = serde_json::from_slice(&bytes)?;
        seeds.add("message", &name, &message(&record));
        let text = clean(&record.content);
        if let Some(start) = text.find('<') {
            seeds.add("xml", &name, text.split_at(start).1.as_bytes());
        }
    }
    Ok(())
}

/// A record, as the target `message` wants it.
fn message(record: &MessageRecord) -> Vec<u8> {
    let kind = MESSAGE_TYPES
        .iter()
        .position(|kind| *kind == record.msg_type);
    let kind = kind.and_then(|kind| u8::try_from(kind).ok()).unwrap_or(18);
    let app = match record.app_msg_type {
        100_001 => 0xff,
        2001 => 0xfe,
        2000 => 0xfd,
        app => u8::try_from(app).unwrap_or(0),
    };
    let mut shape = match (record.from_user_name.as_str(), record.to_user_name.as_str()) {
        (from, _) if from.starts_with("@@") => 1,
        (_, to) if to.starts_with("@@") => 2,
        ("newsapp", _) => 3,
        ("fmessage", _) => 4,
        _ => 0,
    };
    shape |= if record.sub_msg_type == 48 { 8 } else { 0 };
    shape |= if record.has_product_id > 0 { 16 } else { 0 };
    let about = &record.recommend_info;
    shape |= if about.user_name.is_empty() { 0 } else { 32 };
    let code = u8::try_from(record.status_notify_code).unwrap_or(0);
    shape |= code.saturating_sub(1).min(3) << 6;
    let mut texts = vec![
        &record.content,
        &record.file_name,
        &record.media_id,
        &record.url,
        &record.ori_content,
        &record.status_notify_user_name,
        &record.encry_file_name,
        &record.file_size,
    ];
    if shape & 32 != 0 {
        texts.extend([
            &about.user_name,
            &about.nick_name,
            &about.content,
            &about.alias,
        ]);
    }
    let texts: Vec<_> = texts.into_iter().map(String::as_str).collect();
    let texts = texts.join("\0");
    [&[kind, app, shape], texts.trim_end_matches('\0').as_bytes()].concat()
}

/// Ways of writing that the simulated service has not.
fn spellings(seeds: &mut Seeds) {
    for (name, text) in [
        ("bare", "QRLogin.code = 200; QRLogin.uuid = 'Qb=='"),
        (
            "mixed",
            "\r\nvar x = 1; window.f(\"a;b\");\nWindow.code='200'\n;;window.a = -1",
        ),
        (
            "object",
            "window.synccheck = {\n \"retcode\" : 0 ,\n 'selector' : \"2\" , }\n",
        ),
        (
            "avatar",
            "window.code=201;window.userAvatar = 'data:img/jpg;base64,AAAA==';",
        ),
        (
            "over",
            "window.code=400;window.code=200;window.redirect_uri=\"https://wx2.qq.com/?a=1&b=2\";",
        ),
        (
            "error",
            "window.QRLogin.code = 400; window.QRLogin.error = \"Invalid Arguments\";",
        ),
    ] {
        seeds.add("js", name, text.as_bytes());
    }
    for (name, text) in [
        (
            "loose",
            "<a b='1' c = \"2\"d=\"says \"hi\"\">x & y &lol; &#20320;<e/></a>",
        ),
        (
            "cdata",
            "<?xml version=\"1.0\"?><a>\n <![CDATA[x &amp; <b/>]]>\n<t>&amp;lt;</t></a>",
        ),
        ("torn", "<m><id>42</id><url k=\"v\">http://example.com/lo"),
        ("unmatched", "</x><a><b>x</c></b><!-- - --><d>y</a>"),
        ("doctype", "<!DOCTYPE m [<!ENTITY a \"aaaa\">]><m>&a;</m>"),
    ] {
        seeds.add("xml", name, text.as_bytes());
    }
    for (name, body) in [
        (
            "torn_item",
            r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgList":[{"MsgId":"1","Content":"a "b" c"},{"MsgId":"2"}],"SyncKey":{"Count":1,"List":[{"Key":1,"Val":7}]},"ContinueFlag":0}"#,
        ),
        (
            "odd_types",
            r#"{"BaseResponse":{"Ret":"0"},"AddMsgList":[{"MsgId":12,"MsgType":"1","Content":null,"CreateTime":1.7e9,}],"ModContactList":[{"UserName":"@a","MemberList":{}}],"SKey":"@crypt_0123456789","SyncKey":[]}"#,
        ),
        (
            "control",
            "{\"BaseResponse\":{\"Ret\":0},\"AddMsgList\":[{\"MsgId\":\"1\",\"Content\":\"a\tb\\x \\ud83d\\ude04 \\ud83d\"}]}\0\0",
        ),
        ("no_ret", r#"{"BaseResponse":{},"AddMsgList":[]}"#),
        ("refused", r#"{"BaseResponse":{"Ret":1101,"ErrMsg":"no"}}"#),
    ] {
        seeds.add("json_reply", name, &[&[0], body.as_bytes()].concat());
    }
    let place = place_of("webwxnewloginpage").unwrap_or_default();
    let page = "<error><ret>0</ret><message><![CDATA[a]]> & b</message><skey>@crypt_1&amp;2</skey><wxsid>s</wxsid><wxuin>7</wxuin><pass_ticket>t%2B</pass_ticket><redirecturl/></error>";
    seeds.add(
        "json_reply",
        "credentials",
        &[&[place], page.as_bytes()].concat(),
    );
    for (name, lines) in [
        (
            "delete",
            "a=1; Domain=wx2.qq.com; Path=/\nb=2\na=; Domain=wx2.qq.com; Path=/; Max-Age=0",
        ),
        (
            "dates",
            "\x03Tue, 14 Nov 2023 22:13:20 GMT\na=1; Expires=Wed, 15-Nov-2023 10:13:20 GMT\nb=2; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=-1",
        ),
        (
            "paths",
            "a=1; Path=/cgi-bin\na=2; Path=/cgi-bin/mmwebwx-bin/; Secure\na=3; Path=x\n\x01\x02\x01a=4;Domain=.qq.com",
        ),
        (
            "foreign",
            "a=1; Domain=qq.com.evil.example\nb=2; Domain=com\nc=3; Domain=wx.qq.com\nd=\"4\"; Domain=QQ.com",
        ),
    ] {
        seeds.add("cookie", name, &[&[1], lines.as_bytes()].concat());
        seeds.add(
            "cookie",
            &format!("{name}_spread"),
            &[&[0x83], lines.as_bytes()].concat(),
        );
    }
}
