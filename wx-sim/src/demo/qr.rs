//! QR codes in a terminal.

use qrcode::{QrCode, render::unicode::Dense1x2};

/// Black on white from the fixed part of the 256 colours, which themes leave alone: a code in the
/// colours of a dark theme is inverted, and many phones do not read that.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// A code in half blocks with its quiet zone, one line for two rows. `None` if the content is too
/// long for any code. With `colours` it is black on white whatever the terminal's own colours are;
/// without, dark modules are printed and light ones left blank.
pub(super) fn draw(content: &str, colours: bool) -> Option<String> {
    let code = QrCode::new(content).ok()?;
    let blocks = code
        .render()
        .dark_color(Dense1x2::Dark)
        .light_color(Dense1x2::Light)
        .quiet_zone(true)
        .build();
    let mut drawn = String::new();
    for line in blocks.lines() {
        if colours {
            drawn.push_str(BLACK_ON_WHITE);
            drawn.push_str(line);
            drawn.push_str(RESET);
        } else {
            drawn.push_str(line);
        }
        drawn.push('\n');
    }
    Some(drawn)
}

#[cfg(test)]
mod tests {
    use qrcode::Color;

    use super::*;

    const CONTENT: &str = "https://login.weixin.qq.com/l/QbExample7Q==";

    /// The rows of modules behind half blocks; `true` is printed, that is dark.
    fn modules(drawn: &str) -> Vec<Vec<bool>> {
        let halves = |c| match c {
            ' ' => (false, false),
            '▀' => (true, false),
            '▄' => (false, true),
            '█' => (true, true),
            other => panic!("{other:?} in a code"),
        };
        let mut rows = Vec::new();
        for line in drawn.lines() {
            let halves: Vec<_> = line.chars().map(halves).collect();
            rows.push(halves.iter().map(|half| half.0).collect());
            rows.push(halves.iter().map(|half| half.1).collect());
        }
        rows
    }

    #[test]
    fn dark_modules_are_dark_and_the_quiet_zone_is_four_wide() {
        let code = QrCode::new(CONTENT).unwrap();
        let width = code.width();
        let colours = code.to_colors();
        let rows = modules(&draw(CONTENT, false).unwrap());
        // An odd number of rows leaves half a line over, which is light as well.
        assert_eq!(rows.len(), (width + 8).next_multiple_of(2));
        for (y, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), width + 8);
            for (x, dark) in row.iter().enumerate() {
                let inside = (4..width + 4).contains(&x) && (4..width + 4).contains(&y);
                let expected = inside && colours[(y - 4) * width + x - 4] == Color::Dark;
                assert_eq!(*dark, expected, "module {x}, {y}");
            }
        }
    }

    #[test]
    fn every_coloured_line_resets_the_colours() {
        let plain = draw(CONTENT, false).unwrap();
        let coloured = draw(CONTENT, true).unwrap();
        assert_eq!(plain.lines().count(), coloured.lines().count());
        for (plain, coloured) in plain.lines().zip(coloured.lines()) {
            assert_eq!(
                coloured,
                format!("\u{1b}[38;5;16;48;5;231m{plain}\u{1b}[0m")
            );
        }
    }

    #[test]
    fn what_fits_into_no_code_is_not_drawn() {
        assert_eq!(draw(&"x".repeat(10_000), true), None);
    }
}
