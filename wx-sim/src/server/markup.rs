//! The XML of messages, before it is escaped for the wire.

use std::time::Duration;

use super::media::Content;
use super::peer::Person;
use super::upload::extension;
use super::xml::escape;

/// A picture. Its addresses in the network of pictures lead nowhere.
pub(super) fn image(kept: &Content) -> String {
    let Content { md5, size } = kept;
    format!(
        "<?xml version=\"1.0\"?>\n<msg>\n\t<img aeskey=\"{md5}\" encryver=\"0\" \
         cdnthumbaeskey=\"{md5}\" cdnthumburl=\"3d{md5}\" cdnthumblength=\"2000\" \
         cdnthumbheight=\"120\" cdnthumbwidth=\"103\" cdnmidheight=\"0\" cdnmidwidth=\"0\" \
         cdnhdheight=\"0\" cdnhdwidth=\"0\" cdnmidimgurl=\"3d{md5}\" length=\"{size}\" \
         md5=\"{md5}\" />\n</msg>\n"
    )
}

/// A sticker: attributes in all the spellings that occur.
pub(super) fn sticker(kept: &Content, from: &str) -> String {
    let Content { md5, size } = kept;
    format!(
        "<msg><emoji fromusername = \"{from}\" tousername = \"\" type=\"2\" \
         idbuffer=\"media:0_0\" md5=\"{md5}\" len = \"{size}\" productid=\"\" \
         androidmd5=\"{md5}\" androidlen=\"{size}\" s60v3md5 = \"{md5}\" s60v3len=\"{size}\" \
         s60v5md5 = \"{md5}\" s60v5len=\"{size}\" cdnurl = \"http://emoji.qpic.cn/wx_emoji/{md5}/\" \
         designerid = \"\" thumburl = \"\" encrypturl = \"http://emoji.qpic.cn/wx_emoji/e{md5}/\" \
         aeskey= \"{md5}\" width= \"240\" height= \"240\" ></emoji> \
         <gameext type=\"0\" content=\"0\" ></gameext></msg>"
    )
}

pub(super) fn voice(kept: &Content, ms: u64, from: &str) -> String {
    let Content { md5, size } = kept;
    format!(
        "<msg><voicemsg endflag=\"1\" cancelflag=\"0\" forwardflag=\"0\" voiceformat=\"4\" \
         voicelength=\"{ms}\" length=\"{size}\" bufid=\"0\" clientmsgid=\"{md5}\" \
         fromusername=\"{from}\" /></msg>"
    )
}

pub(super) fn video(kept: &Content, seconds: u32, from: &str) -> String {
    let Content { md5, size } = kept;
    format!(
        "<?xml version=\"1.0\"?>\n<msg>\n\t<videomsg aeskey=\"{md5}\" cdnthumbaeskey=\"{md5}\" \
         cdnvideourl=\"3d{md5}\" cdnthumburl=\"3d{md5}\" length=\"{size}\" \
         playlength=\"{seconds}\" cdnthumblength=\"2000\" cdnthumbwidth=\"288\" \
         cdnthumbheight=\"162\" fromusername=\"{from}\" md5=\"{md5}\" isad=\"0\" />\n</msg>\n"
    )
}

/// A contact card. The name in it is of no use to a web client.
pub(super) fn card(person: &Person) -> String {
    let (nick, sign) = (escape(&person.nick), escape(&person.signature));
    let (plain, province) = (&person.plain, escape(&person.province));
    let (sex, flag) = (person.sex, person.verify_flag);
    format!(
        "<?xml version=\"1.0\"?>\n<msg bigheadimgurl=\"http://wx.qlogo.cn/mmhead/ver_1/{plain}/0\" \
         smallheadimgurl=\"http://wx.qlogo.cn/mmhead/ver_1/{plain}/132\" \
         username=\"v1_{plain}@stranger\" nickname=\"{nick}\"  shortpy=\"\" alias=\"\" \
         imagestatus=\"3\" scene=\"17\" province=\"{province}\" city=\"\" sign=\"{sign}\" \
         sex=\"{sex}\" certflag=\"{flag}\" certinfo=\"\" brandIconUrl=\"\" brandHomeUrl=\"\" \
         brandSubscriptConfigUrl=\"\" brandFlags=\"0\" regionCode=\"CN\" />\n"
    )
}

/// A place. It stands in a member of its own, where nothing is escaped a second time.
pub(super) fn location(label: &str, x: &str, y: &str) -> String {
    let (label, x, y) = (escape(label), escape(x), escape(y));
    format!(
        "<?xml version=\"1.0\"?>\n<msg>\n\t<location x=\"{x}\" y=\"{y}\" scale=\"16\" \
         label=\"{label}\" maptype=\"0\" poiname=\"[位置]\" />\n</msg>\n"
    )
}

/// An app message.
#[derive(Clone, Debug, Default)]
pub(super) struct App<'a> {
    pub(super) id: &'a str,
    pub(super) kind: u32,
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) url: &'a str,
    /// What it came from, as the phone shows it.
    pub(super) source: &'a str,
    /// Inside `appattach`; nothing of one's own for what is no file.
    pub(super) attach: String,
    /// After everything that all kinds have.
    pub(super) rest: String,
}

pub(super) fn app(app: &App<'_>, from: &str) -> String {
    let (title, description) = (escape(app.title), escape(app.description));
    let (id, kind, url) = (app.id, app.kind, escape(app.url));
    let source = match app.source {
        "" => "<sourcedisplayname />".to_owned(),
        name => format!("<sourcedisplayname>{}</sourcedisplayname>", escape(name)),
    };
    let attach = if app.attach.is_empty() {
        " <totallen>0</totallen>\n <attachid />\n <emoticonmd5 />\n <fileext />\n"
    } else {
        &app.attach
    };
    format!(
        "<?xml version=\"1.0\"?>\n<msg>\n <appmsg appid=\"{id}\" sdkver=\"0\">\n \
         <title>{title}</title>\n <des>{description}</des>\n <action />\n <type>{kind}</type>\n \
         <showtype>0</showtype>\n <soundtype>0</soundtype>\n <mediatagname />\n <messageext />\n \
         <messageaction />\n <content />\n <contentattr>0</contentattr>\n <url>{url}</url>\n \
         <lowurl />\n <dataurl />\n <lowdataurl />\n <appattach>\n{attach} </appattach>\n \
         <extinfo />\n <sourceusername />\n {source}\n <thumburl />\n <md5 />\n \
         <statextstr />\n{} </appmsg>\n <fromusername>{from}</fromusername>\n <scene>0</scene>\n \
         <appinfo>\n <version>1</version>\n <appname></appname>\n </appinfo>\n \
         <commenturl></commenturl>\n</msg>\n\n",
        app.rest
    )
}

pub(super) fn attached_file(kept: &Content, media_id: &str, name: &str) -> String {
    let ending = escape(extension(name));
    format!(
        " <totallen>{}</totallen>\n <attachid>{media_id}</attachid>\n <emoticonmd5 />\n \
         <fileext>{ending}</fileext>\n <aeskey>{}</aeskey>\n <encryver>0</encryver>\n",
        kept.size, kept.md5
    )
}

/// What an answer refers to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote<'a> {
    pub(super) msg_id: u64,
    pub(super) from: &'a str,
    pub(super) chat: &'a str,
    pub(super) name: &'a str,
    pub(super) said: &'a str,
}

pub(super) fn quote(quote: &Quote<'_>) -> String {
    let (name, said) = (escape(quote.name), escape(quote.said));
    format!(
        " <refermsg>\n <type>1</type>\n <svrid>{}</svrid>\n <fromusr>{}</fromusr>\n \
         <chatusr>{}</chatusr>\n <displayname>{name}</displayname>\n <content>{said}</content>\n \
         </refermsg>\n",
        quote.msg_id, quote.from, quote.chat
    )
}

/// The number of a transfer has more digits than any integer holds.
pub(super) fn transfer(amount: &str, memo: &str, msg_id: u64, now: Duration) -> String {
    let (amount, memo, seconds) = (escape(amount), escape(memo), now.as_secs());
    let until = seconds.saturating_add(24 * 3600);
    format!(
        " <wcpayinfo>\n <paysubtype>1</paysubtype>\n <feedesc><![CDATA[{amount}]]></feedesc>\n \
         <transcationid><![CDATA[1000050001{msg_id:021}]]></transcationid>\n \
         <transferid><![CDATA[10000500012{msg_id:021}]]></transferid>\n \
         <invalidtime><![CDATA[{until}]]></invalidtime>\n \
         <begintransfertime><![CDATA[{seconds}]]></begintransfertime>\n \
         <effectivedate><![CDATA[1]]></effectivedate>\n \
         <pay_memo><![CDATA[{memo}]]></pay_memo>\n </wcpayinfo>\n"
    )
}

/// The page of a mini program.
pub(super) fn mini_program() -> String {
    " <weappinfo>\n <username>gh_a1b2c3d4e5f6@app</username>\n <appid>wx0011223344556677</appid>\n \
     <type>2</type>\n <version>12</version>\n <pagepath><![CDATA[pages/index.html]]></pagepath>\n \
     <weappiconurl />\n </weappinfo>\n"
        .to_owned()
}
