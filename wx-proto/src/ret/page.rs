//! The page `docs/codes.md`, written from the tables.

use std::{env, fmt::Write, fs, path::Path};

use super::{LoginCode, ProbableCause, Reaction, Ret, Selector, place::PLACES};
use crate::language::Language;

#[test]
fn the_page_of_codes_says_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/codes.md");
    let page = page();
    if env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/codes.md is out of date; write it anew with\n\
         UPDATE_PAGES=1 cargo test -p wx-proto --lib the_page_of_codes"
    );
}

/// The words round the tables.
struct Frame {
    language: Language,
    title: &'static str,
    intro: &'static str,
    ret: [&'static str; 6],
    reactions: [&'static str; 3],
    places: [&'static str; 5],
    refusal: [&'static str; 5],
    login: [&'static str; 6],
    selector: [&'static str; 4],
}

const EN: Frame = Frame {
    language: Language::En,
    title: "# Codes of the service",
    intro: "\
The service answers with numbers, mostly without words. This is what they mean, as far as anybody
knows, what the library does about them by itself, and what is left for people to do. In programs the
same is said by `Ret`, `ApiError::hint`, `Ended::explanation`, `LoginCode` and `Selector`.

The numbers for a lost session, 1100 to 1102, cannot be told apart reliably.",
    ret: [
        "## Return codes: `Ret` of replies, `retcode` of `synccheck`",
        "code",
        "name",
        "meaning",
        "the library",
        "what to do",
    ],
    reactions: ["## What the library does", "`Reaction`", "it"],
    places: [
        "## Where a code means something else",
        "A call that is not listed here takes the advice of the table above.",
        "code",
        "endpoints",
        "what to do",
    ],
    refusal: [
        "## A refused login",
        "Nearly all refusals are code 1203; the words of the service refine the guess.",
        "`ProbableCause`",
        "probable cause",
        "next step",
    ],
    login: [
        "## Codes of the login poll",
        "Any other number leads to a fresh QR code.",
        "code",
        "name",
        "meaning",
        "what to do",
    ],
    selector: [
        "## Selectors of `synccheck`",
        "Any but 0 is followed by a sync, whatever it means.",
        "selector",
        "meaning",
    ],
};

const ZH: Frame = Frame {
    language: Language::Zh,
    title: "# 服务器代码",
    intro: "\
服务器多以数字作答，很少附带说明。下面列出已知的含义、本库的自动处理，以及需要人工完成的步骤。程序中可用
`Ret`、`ApiError::hint`、`Ended::explanation`、`LoginCode` 和 `Selector` 得到同样的内容。

表示会话失效的 1100 至 1102 无法可靠区分。",
    ret: [
        "## 返回码：回复中的 `Ret`，`synccheck` 的 `retcode`",
        "代码",
        "名称",
        "含义",
        "本库的处理",
        "建议",
    ],
    reactions: ["## 本库的处理", "`Reaction`", "处理"],
    places: [
        "## 含义因接口而异的代码",
        "未列出的接口以上表的建议为准。",
        "代码",
        "接口",
        "建议",
    ],
    refusal: [
        "## 登录被拒绝",
        "几乎所有拒绝都是 1203；服务器的说明只用于细化判断。",
        "`ProbableCause`",
        "可能的原因",
        "下一步",
    ],
    login: [
        "## 登录轮询的代码",
        "其他数字都会换成新的二维码。",
        "代码",
        "名称",
        "含义",
        "建议",
    ],
    selector: [
        "## `synccheck` 的 selector",
        "只要不为 0，就会进行同步，与含义无关。",
        "selector",
        "含义",
    ],
};

fn page() -> String {
    let mut page = String::from(
        "<!-- Written from the tables of wx-proto by a test, which says how to write it anew. -->\n\n",
    );
    page.push_str("[English](#codes-of-the-service) · [中文](#服务器代码)\n");
    for frame in [&EN, &ZH] {
        frame.write_to(&mut page);
    }
    page
}

impl Frame {
    fn write_to(&self, page: &mut String) {
        let language = self.language;
        writeln!(page, "\n{}\n\n{}", self.title, self.intro).unwrap();

        let [title, head @ ..] = self.ret;
        let rows = Ret::named().map(|ret| {
            [
                ret.0.to_string(),
                ret.name().unwrap().to_owned(),
                ret.meaning(language).to_owned(),
                format!("`{:?}`", ret.reaction()),
                ret.hint(language).to_owned(),
            ]
        });
        table(page, &[title], head, rows);

        let [title, head @ ..] = self.reactions;
        let rows = Reaction::ALL.map(|reaction| {
            [
                format!("`{reaction:?}`"),
                reaction.describe(language).to_owned(),
            ]
        });
        table(page, &[title], head, rows);

        let [title, note, head @ ..] = self.places;
        let rows = PLACES.iter().map(|place| {
            [
                place.ret.0.to_string(),
                format!("`{}`", place.endpoints.join("`, `")),
                place.hint.say(language).to_owned(),
            ]
        });
        table(page, &[title, note], head, rows);

        let [title, note, head @ ..] = self.refusal;
        let rows = ProbableCause::ALL.map(|cause| {
            [
                format!("`{cause:?}`"),
                cause.describe(language).to_owned(),
                cause.next_step(language).to_owned(),
            ]
        });
        table(page, &[title, note], head, rows);

        let [title, note, head @ ..] = self.login;
        let rows = LoginCode::named().map(|code| {
            [
                code.0.to_string(),
                code.name().unwrap().to_owned(),
                code.meaning(language).to_owned(),
                code.hint(language).to_owned(),
            ]
        });
        table(page, &[title, note], head, rows);

        let [title, note, head @ ..] = self.selector;
        let rows = Selector::named().map(|selector| {
            [
                selector.0.to_string(),
                selector.meaning(language).to_owned(),
            ]
        });
        table(page, &[title, note], head, rows);
    }
}

fn table<const N: usize>(
    page: &mut String,
    above: &[&str],
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) {
    for line in above {
        writeln!(page, "\n{line}").unwrap();
    }
    writeln!(page, "\n| {} |", head.join(" | ")).unwrap();
    writeln!(page, "|{}", " --- |".repeat(N)).unwrap();
    for row in rows {
        writeln!(page, "| {} |", row.join(" | ")).unwrap();
    }
}
