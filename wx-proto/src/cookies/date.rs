//! Dates as cookies write them, of which there are many forms.

/// Reads a date the way RFC 6265, 5.1.1 wants it: time, day, month and year by their looks, in
/// whatever order and with whatever between them. Seconds since the Unix epoch, negative before.
///
/// ```text
/// Sat, 22-Apr-2017 08:05:36 GMT      Sun, 06 Nov 1994 08:49:37 GMT      Sunday, 6-Nov-94 08:49:37 GMT
/// ```
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter) {
        if time.is_none() {
            time = time_of(token);
            if time.is_some() {
                continue;
            }
        }
        if day.is_none() {
            day = digits(token, 1..=2);
            if day.is_some() {
                continue;
            }
        }
        if month.is_none() {
            month = month_of(token);
            if month.is_some() {
                continue;
            }
        }
        if year.is_none() {
            year = digits(token, 2..=4);
        }
    }
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        year => year,
    };
    let days = days_since_epoch(year, month?, day?)?;
    Some(days * 86_400 + time?)
}

fn is_delimiter(byte: &u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2F | 0x3B..=0x40 | 0x5B..=0x60 | 0x7B..=0x7E)
}

/// The number at the start of a token, if it has that many digits.
fn digits(token: &[u8], count: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let len = token
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !count.contains(&len) {
        return None;
    }
    let number = token.iter().take(len);
    Some(number.fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

/// `h:m:s`, in seconds.
fn time_of(token: &[u8]) -> Option<i64> {
    let mut fields = token.splitn(3, |byte| *byte == b':');
    let whole = |field: &[u8]| field.iter().all(u8::is_ascii_digit);
    let hour = fields.next().filter(|field| whole(field))?;
    let minute = fields.next().filter(|field| whole(field))?;
    let hour = digits(hour, 1..=2).filter(|hour| *hour < 24)?;
    let minute = digits(minute, 1..=2).filter(|minute| *minute < 60)?;
    let second = digits(fields.next()?, 1..=2).filter(|second| *second < 60)?;
    Some(hour * 3_600 + minute * 60 + second)
}

fn month_of(token: &[u8]) -> Option<i64> {
    const NAMES: [&[u8]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let name = token.get(..3)?.to_ascii_lowercase();
    (1..)
        .zip(NAMES)
        .find(|(_, known)| name == *known)
        .map(|(month, _)| month)
}

/// The proleptic Gregorian calendar, counted from the first of March so that leap days come last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    // 1601 is where the standard draws the line.
    if year < 1601 || !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    // 719,468 days lie between the first of March of year 0 and the epoch.
    Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oddity_07_all_forms_in_use_are_read() {
        let expected = Some(784_111_777);
        for form in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 6-Nov-1994 8:49:37",
            "Sun Nov  6 08:49:37 1994",
            "06 NOVEMBER 1994 08:49:37",
            "1994;nov;6;08:49:37",
        ] {
            assert_eq!(parse(form.as_bytes()), expected, "{form}");
        }
        // Two-digit years turn at 1970.
        assert_eq!(parse(b"1-Jan-70 0:0:30"), Some(30));
        assert_eq!(
            parse(b"01-Jan-69 00:00:00 GMT"),
            parse(b"01 Jan 2069 00:00:00")
        );
        assert_eq!(parse(b"31 Dec 1969 23:59:59"), Some(-1));
        assert_eq!(parse(b"29 Feb 2000 00:00:00"), Some(951_782_400));
        assert_eq!(parse(b"Thu, 30-Dec-2032 00:00:00 GMT"), Some(1_987_977_600));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "GMT",
            "0",
            "Sun, 31-Feb-2021 00:00:00",
            "29 Feb 1900 00:00:00",
            "1 Jan 1600 00:00:00",
            "1 Jan 2021 24:00:00",
            "1 Jan 2021 00:60:00",
            "1 Jan 2021",
            "Jan 2021 00:00:00",
            "99999 Jan 2021 00:00:00",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
