//! The text of a date as a browser writes it.

use std::time::Duration;

const SECONDS_A_DAY: u64 = 86_400;

/// The last moment a JavaScript date can hold: the year 275,760.
const LAST: u64 = 8_640_000_000_000;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb",
];

/// JavaScript's `String(date)` for someone who lives in UTC:
/// `Sun Jan 01 2023 00:00:00 GMT+0000 (Coordinated Universal Time)`. `unix` is Unix time.
pub(crate) fn in_javascript(unix: Duration) -> String {
    let unix = unix.as_secs().min(LAST);
    let (days, second) = (unix / SECONDS_A_DAY, unix % SECONDS_A_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let (year, month, day) = civil(days);
    let weekday = pick(&DAYS, days % 7);
    let month = pick(&MONTHS, month);
    format!(
        "{weekday} {month} {day:02} {year:04} {hour:02}:{minute:02}:{second:02} GMT+0000 (Coordinated Universal Time)"
    )
}

/// Year, month counted from March, and day of the month, `days` after the epoch. The year begins in
/// March here, so that leap days come last.
fn civil(days: u64) -> (u64, u64, u64) {
    /// From the first of March of year 0 to the epoch.
    const TO_EPOCH: u64 = 719_468;
    /// Of 400 years, of which 97 are leap years.
    const DAYS_AN_ERA: u64 = 146_097;

    let days = days + TO_EPOCH;
    let (era, day) = (days / DAYS_AN_ERA, days % DAYS_AN_ERA);
    // Without the leap days before it, each year has 365.
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    // January and February belong to the year before.
    let year = era * 400 + year + u64::from(month >= 10);
    (year, month, day)
}

fn pick<'a>(names: &[&'a str], index: u64) -> &'a str {
    usize::try_from(index)
        .ok()
        .and_then(|index| names.get(index))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_a_browser_writes_them() {
        for (unix, text) in [
            (0, "Thu Jan 01 1970 00:00:00"),
            (951_782_399, "Mon Feb 28 2000 23:59:59"),
            (951_782_400, "Tue Feb 29 2000 00:00:00"),
            (951_868_800, "Wed Mar 01 2000 00:00:00"),
            (1_672_531_199, "Sat Dec 31 2022 23:59:59"),
            (1_672_531_200, "Sun Jan 01 2023 00:00:00"),
            (1_709_210_096, "Thu Feb 29 2024 12:34:56"),
            (4_107_542_400, "Mon Mar 01 2100 00:00:00"),
            (u64::MAX, "Sat Sep 13 275760 00:00:00"),
        ] {
            let zone = " GMT+0000 (Coordinated Universal Time)";
            assert_eq!(
                in_javascript(Duration::from_secs(unix)),
                format!("{text}{zone}")
            );
        }
    }
}
