//! The shell of another operating system, which shows the same page and says so in two headers.

use super::call::{Call, Fail};
use super::endpoint::Endpoint;
use super::judge::{Refusal, Remark};

/// Where the shell has its page, whatever family the account lives on.
pub(super) const REFERER: &str = "https://wx.qq.com/?&lang=zh_CN&target=t";

/// The headers of the shell, with their only values.
const HEADERS: [(&str, &str); 2] = [("client-version", "2.0.0"), ("extspam", EXTSPAM)];

impl Call {
    /// Whether somebody at the door is, or claims to be, the shell. `begun`: the login was begun as
    /// the shell begins it. `only`: nobody else is let in, so that a part which is missing is a fault
    /// and answered with this code.
    pub(super) fn judge_desktop(&mut self, begun: bool, only: Option<i64>) -> Result<bool, Fail> {
        let has_mod = self.param("mod") == Some("desktop");
        let claims = begun || has_mod || HEADERS.iter().any(|(name, _)| self.has_header(name));
        if !claims {
            return Ok(false);
        }
        for (name, value) in HEADERS {
            if self.header(name) == Some(value) {
                continue;
            }
            if let Some(code) = only {
                return Err(self.refuse(Refusal::Header(name), code));
            }
            self.remark(if self.has_header(name) {
                Remark::HeaderForm(name)
            } else {
                Remark::MissingHeader(name)
            });
        }
        if !has_mod {
            if let Some(code) = only {
                return Err(self.refuse(Refusal::Param("mod"), code));
            }
            self.remark(Remark::MissingParam("mod"));
        }
        if self.header("referer").is_some_and(|page| page != REFERER) {
            self.remark(Remark::Referer);
        }
        Ok(true)
    }

    /// The shell adds its headers at the door and nowhere else.
    pub(super) fn judge_stray_headers(&mut self) {
        if self.endpoint == Endpoint::NewLoginPage {
            return;
        }
        for (name, _) in HEADERS {
            if self.has_header(name) {
                self.remark(Remark::StrayHeader(name));
            }
        }
    }
}

/// What it means is not known; all who were let in as the shell sent this one text.
const EXTSPAM: &str = "\
    Go8FCIkFEokFCggwMDAwMDAwMRAGGvAESySibk50w5Wb3uTl2c2h64jVVrV7gNs06GFlWplHQbY/5FfiO++1yH4ykC\
    yNPWKXmco+wfQzK5R98D3so7rJ5LmGFvBLjGceleySrc3SOf2Pc1gVehzJgODeS0lDL3/I/0S2SSE98YgKleq6Uqx6\
    ndTy9yaL9qFxJL7eiA/R3SEfTaW1SBoSITIu+EEkXff+Pv8NHOk7N57rcGk1w0ZzRrQDkXTOXFN2iHYIzAAZPIOY45\
    Lsh+A4slpgnDiaOvRtlQYCt97nmPLuTipOJ8Qc5pM7ZsOsAPPrCQL7nK0I7aPrFDF0q4ziUUKettzW8MrAaiVfmbD1\
    /VkmLNVqqZVvBCtRblXb5FHmtS8FxnqCzYP4WFvz3T0TcrOqwLX1M/DQvcHaGGw0B0y4bZMs7lVScGBFxMj3vbFi2S\
    RKbKhaitxHfYHAOAa0X7/MSS0RNAjdwoyGHeOepXOKY+h3iHeqCvgOH6LOifdHf/1aaZNwSkGotYnYScW8Yx63LnSw\
    ba7+hESrtPa/huRmB9KWvMCKbDThL/nne14hnL277EDCSocPu3rOSYjuB9gKSOdVmWsj9Dxb/iZIe+S6AiG29Esm+/\
    eUacSba0k8wn5HhHg9d4tIcixrxveflc8vi2/wNQGVFNsGO6tB5WF0xf/plngOvQ1/ivGV/C1Qpdhzznh0ExAVJ6dw\
    zNg7qIEBaw+BzTJTUuRcPk92Sn6QDn2Pu3mpONaEumacjW4w6ipPnPw+g2TfywJjeEcpSZaP4Q3YV5HG8D6UjWA4GS\
    kBKculWpdCMadx0usMomsSS/74QgpYqcPkmamB4nVv1JxczYITIqItIKjD35IGKAUwAA==";
