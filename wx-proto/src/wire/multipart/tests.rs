use proptest::prelude::*;

use super::*;
use crate::wire::form;

/// What somebody reads who knows nothing of the writer: the name and value of each part, and the
/// file with the two lines above it.
#[derive(Debug, PartialEq)]
struct Read {
    fields: Vec<(String, String)>,
    disposition: String,
    content_type: String,
    data: Vec<u8>,
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    let start = find(text, at).unwrap();
    (&text[..start], &text[start + at.len()..])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn read(Multipart { boundary, bytes }: &Multipart) -> Read {
    let delimiter = format!("\r\n--{boundary}");
    // The first one stands at the very start, without the line end before it.
    let body = [b"\r\n", bytes.as_slice()].concat();
    let (before, mut rest) = cut(&body, delimiter.as_bytes());
    assert!(before.is_empty());
    let mut parts = Vec::new();
    while rest != b"--\r\n" {
        let part = rest.strip_prefix(b"\r\n").unwrap();
        let (part, next) = cut(part, delimiter.as_bytes());
        parts.push(cut(part, b"\r\n\r\n"));
        rest = next;
    }
    let (file, data) = parts.pop().unwrap();
    let (disposition, content_type) = cut(file, b"\r\n");
    let fields = parts.into_iter().map(|(head, value)| {
        let name = text(head);
        let name = name
            .strip_prefix("Content-Disposition: form-data; name=\"")
            .and_then(|name| name.strip_suffix('"'));
        (name.unwrap().to_owned(), text(value))
    });
    Read {
        fields: fields.collect(),
        disposition: text(disposition),
        content_type: text(content_type),
        data: data.to_vec(),
    }
}

fn file<'a>(name: &'a str, mime: &'a str, data: &'a [u8]) -> File<'a> {
    File {
        field: "filename",
        name,
        mime,
        data,
    }
}

#[test]
fn a_form_is_written_as_browsers_write_it() {
    let form = Parts {
        fields: vec![("id", "WU_FILE_0".into()), ("name", "报告.pdf".into())],
        file: file("报告.pdf", "application/pdf", b"\0\xFF\r\n--"),
    };
    let body = form.write(0xC0FFEE);
    assert_eq!(body.boundary, "----WebKitFormBoundary0000000000c0ffee");
    let text = "------WebKitFormBoundary0000000000c0ffee\r\n\
        Content-Disposition: form-data; name=\"id\"\r\n\r\n\
        WU_FILE_0\r\n\
        ------WebKitFormBoundary0000000000c0ffee\r\n\
        Content-Disposition: form-data; name=\"name\"\r\n\r\n\
        报告.pdf\r\n\
        ------WebKitFormBoundary0000000000c0ffee\r\n\
        Content-Disposition: form-data; name=\"filename\"; filename=\"报告.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n";
    let end = b"\0\xFF\r\n--\r\n------WebKitFormBoundary0000000000c0ffee--\r\n";
    assert_eq!(body.bytes, [text.as_bytes(), end].concat());
    // A chunk of half a megabyte is copied once.
    assert_eq!(body.bytes.capacity(), body.bytes.len());
}

#[test]
fn nothing_breaks_out_of_the_header_of_the_file() {
    for (name, written) in [
        ("a\"; name=\"pass_ticket", "a%22; name=%22pass_ticket"),
        (
            "a\r\nContent-Type: text/html\r\n\r\n",
            "a%0D%0AContent-Type: text/html%0D%0A%0D%0A",
        ),
        ("a\nb\rc\0d", "a%0Ab%0Dc%00d"),
        ("a\\%22.pdf", "a\\%22.pdf"),
        ("", ""),
    ] {
        let form = Parts {
            fields: Vec::new(),
            file: file(name, "text/plain", b"x"),
        };
        assert_eq!(
            read(&form.write(1)).disposition,
            format!("Content-Disposition: form-data; name=\"filename\"; filename=\"{written}\"")
        );
    }
    for mime in ["", "a/b\r\nX: y", "a/b\n", "text/plain\0", "图/片"] {
        let form = Parts {
            fields: Vec::new(),
            file: file("a", mime, b"x"),
        };
        assert_eq!(
            read(&form.write(1)).content_type,
            "Content-Type: application/octet-stream",
            "{mime:?}"
        );
    }
}

#[test]
fn a_boundary_that_occurs_gives_way_to_another() {
    let first = |data: &[u8], name: &str, value: &str| {
        let form = Parts {
            fields: vec![("name", value.to_owned().into())],
            file: file(name, "text/plain", data),
        };
        let body = form.write(7);
        read(&body);
        body.boundary
    };
    let plain = first(b"", "", "");
    let text = format!("..{plain}..");
    let second = first(text.as_bytes(), "", "");
    assert_ne!(second, plain);
    assert_eq!(first(b"", &text, ""), second);
    assert_eq!(first(b"", "", &text), second);
    let third = first(format!("{second}{plain}").as_bytes(), "", "");
    assert!(third != plain && third != second);
    // One byte less is not it.
    assert_eq!(first(&plain.as_bytes()[1..], "", ""), plain);
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(
        name in any::<String>(),
        values in prop::collection::vec(any::<String>(), 0..4),
        data in prop::collection::vec(any::<u8>(), 0..300),
        random in any::<u64>(),
        planted in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut name = name.replace('%', "");
        let mut data = data;
        let mut values = values;
        // Each time, what would have been the boundary turns up in the bytes or in a text.
        for at in planted {
            let boundary = parts(&name, &values, &data).write(random).boundary;
            let at = at.index(data.len() + 1);
            match (at % 3, values.first_mut()) {
                (0, _) => name.push_str(&boundary),
                (1, Some(value)) => value.push_str(&boundary),
                _ => data = [&data[..at], boundary.as_bytes(), &data[at..]].concat(),
            }
        }
        let body = parts(&name, &values, &data).write(random);
        prop_assert_eq!(body.bytes.capacity(), body.bytes.len());
        let read = read(&body);
        let read_values: Vec<_> = read.fields.into_iter().map(|(_, value)| value).collect();
        prop_assert_eq!(read_values, values);
        prop_assert_eq!(read.data, data);
        let (_, read_name) = read.disposition.split_once("filename=\"").unwrap();
        prop_assert_eq!(form::decode(read_name.strip_suffix('"').unwrap()), name);
    }
}

fn parts<'a>(name: &'a str, values: &'a [String], data: &'a [u8]) -> Parts<'a> {
    Parts {
        fields: values
            .iter()
            .map(|value| ("field", value.as_str().into()))
            .collect(),
        file: file(name, "text/plain", data),
    }
}
