//! The codes of the login poll.

use std::fmt;

use crate::language::{Language, Words};

/// The number that a login poll ends with, see [`endpoint::login`](crate::endpoint::login).
///
/// Open: unknown numbers are kept as they came. They lead to a fresh QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginCode(pub i32);

impl LoginCode {
    /// Written by the page before each poll, hence what a script that failed leaves behind.
    pub const NONE: Self = Self(0);
    /// Confirmed on the phone.
    pub const CONFIRMED: Self = Self(200);
    /// Scanned; the phone asks its user.
    pub const SCANNED: Self = Self(201);
    /// The user said no on the phone.
    pub const DECLINED: Self = Self(202);
    /// The code is too old, or was never given out.
    pub const EXPIRED: Self = Self(400);
    /// In no source but other clients' lists.
    pub const SPENT: Self = Self(402);
    /// Nothing happened while the service held the poll.
    pub const WAITING: Self = Self(408);
    /// The service failed.
    pub const FAILED: Self = Self(500);

    /// All numbers that have a name, upwards.
    pub fn named() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.code)
    }

    /// The number in a few words; `None` for those that are in no list.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }

    /// What the number says.
    pub fn meaning(self, language: Language) -> &'static str {
        let unknown = Words::new("a number that is in no list", "没有任何资料列出的代码");
        self.row().map_or(unknown, |row| row.meaning).say(language)
    }

    /// What the user should do next.
    pub fn hint(self, language: Language) -> &'static str {
        self.row().map_or(RESCAN, |row| row.hint).say(language)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.code == self)
    }
}

impl fmt::Display for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => self.0.fmt(f),
        }
    }
}

struct Row {
    code: LoginCode,
    name: &'static str,
    meaning: Words,
    hint: Words,
}

const RESCAN: Words = Words::new("scan the fresh QR code", "请扫描新的二维码");

static ROWS: [Row; 8] = [
    Row {
        code: LoginCode::NONE,
        name: "no answer",
        meaning: Words::new(
            "the poll failed; the same code is polled again, then a fresh one comes",
            "轮询失败；先重试同一二维码，再换新的",
        ),
        hint: Words::new(
            "wait; if it stays so, look at the network",
            "请稍候；若持续如此，请检查网络",
        ),
    },
    Row {
        code: LoginCode::CONFIRMED,
        name: "confirmed",
        meaning: Words::new(
            "confirmed on the phone; the login goes on",
            "已在手机上确认，继续登录",
        ),
        hint: Words::new("nothing to do", "无需处理"),
    },
    Row {
        code: LoginCode::SCANNED,
        name: "scanned",
        meaning: Words::new(
            "scanned; the phone asks its user, and the same code is polled on",
            "已扫描，等待手机确认，继续轮询同一二维码",
        ),
        hint: Words::new("confirm the login on the phone", "请在手机上确认登录"),
    },
    Row {
        code: LoginCode::DECLINED,
        name: "declined",
        meaning: Words::new(
            "the user said no on the phone; a fresh code comes",
            "用户在手机上取消；将显示新的二维码",
        ),
        hint: RESCAN,
    },
    Row {
        code: LoginCode::EXPIRED,
        name: "expired",
        meaning: Words::new(
            "the code is too old or unknown; a fresh one comes, a few times",
            "二维码过期或不存在；将显示新的二维码，次数有限",
        ),
        hint: RESCAN,
    },
    Row {
        code: LoginCode::SPENT,
        name: "spent",
        meaning: Words::new(
            "unattested; taken as an expired code",
            "未见实例；按过期处理",
        ),
        hint: RESCAN,
    },
    Row {
        code: LoginCode::WAITING,
        name: "waiting",
        meaning: Words::new(
            "nothing happened for about 25 s; the same code is polled on",
            "约 25 秒内没有变化；继续轮询同一二维码",
        ),
        hint: Words::new("scan the QR code with the phone", "请用手机扫描二维码"),
    },
    Row {
        code: LoginCode::FAILED,
        name: "failed",
        meaning: Words::new(
            "the service failed; a fresh code comes after a short pause",
            "服务器出错；稍后显示新的二维码",
        ),
        hint: RESCAN,
    },
];
