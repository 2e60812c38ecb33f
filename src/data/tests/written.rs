//! How text is spelt: encodings, and which character is the decimal one.

use super::*;

#[test]
fn encodings_are_understood() {
    let text = "연도,y,지역\n2001,5,서울\n2002,7,부산\n";
    let utf16: Vec<u8> = [0xFEFFu16].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let utf16be: Vec<u8> = [0xFEFFu16].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let (euc, _, _) = encoding_rs::EUC_KR.encode(text);
    for (bytes, notes) in [(text.as_bytes().to_vec(), 0), (utf16, 1), (utf16be, 1), (euc.into_owned(), 1)] {
        let t = read(&Source::bytes("a.csv", bytes), &CsvOptions::default()).unwrap();
        assert_eq!(t.notes.len(), notes);
        let (d, _) = build::from_table(&t, "y", &TimeOptions::default()).unwrap();
        assert_eq!((counts(&d), d.grid.first.to_string()), (vec![Some(5), Some(7)], "2001".into()));
        assert!(
            matches!(&d.column("지역").unwrap().values, Values::Text { levels, .. } if levels == &["부산", "서울"])
        );
    }
}

#[test]
fn utf_16_needs_no_mark() {
    let notes = "서울에서 온 사람들의 수를 적은 표로서 숫자보다 글이 훨씬 더 많은 파일";
    for text in [
        "연도,명수,지역\n2001,5,서울\n2002,7,부산\n".to_string(),
        "연도\t명수\t지역\r\n2001\t5\t서울\r\n2002\t7\t부산\r\n".to_string(),
        format!("연도;명수;지역;설명\n2001;5;서울;{notes}\n2002;7;부산;{notes}\n"),
        "year,명수,지역\n2001,5,서울\n2002,7,부산".to_string(),
    ] {
        for bytes in [
            text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ] {
            let t = read(&Source::bytes("a.csv", bytes), &CsvOptions::default()).unwrap();
            let (d, _) = build::from_table(&t, "명수", &TimeOptions::default()).unwrap();
            assert_eq!((counts(&d), d.grid.first.to_string()), (vec![Some(5), Some(7)], "2001".into()), "{text}");
            assert!(t.notes[0].ends_with("was read as UTF-16 text"), "{:?}", t.notes);
        }
    }
    // A stray zero byte makes no UTF-16 of text.
    let short = read(&Source::bytes("a.csv", &b"year,y,x\n2001,3,\xff\xfe\x00\n"[..]), &CsvOptions::default());
    assert!(short.unwrap_err().to_string().contains("save it as CSV in UTF-8"));
    let stray = read(&Source::bytes("a.csv", &b"year,y\n2001,5\n2002,7\0\n"[..]), &CsvOptions::default());
    assert!(stray.unwrap_err().to_string().contains("it has a zero byte at position 21"));
}

#[test]
fn an_encoding_can_be_said() {
    // Too little text to be told from Latin-1: two rare syllables.
    let (euc, _, _) = encoding_rs::EUC_KR.encode("연도,y,뷁뷁\n2001,5,뷁\n2002,7,뷁\n");
    let with = |encoding| {
        let options = CsvOptions { encoding, ..CsvOptions::default() };
        read(&Source::bytes("a.csv", euc.to_vec()), &options)
            .map(|t| t.columns[2].name.clone())
            .map_err(|e| e.to_string())
    };
    assert_eq!(with(Some(Encoding::EucKr)), Ok("뷁뷁".into()));
    assert!(with(None).is_err() && with(Some(Encoding::Utf8)).is_err());
    for (name, encoding) in [("UTF-8", Encoding::Utf8), ("utf16be", Encoding::Utf16Be), ("CP949", Encoding::EucKr)] {
        assert_eq!(Encoding::of_name(name), Some(encoding));
    }
    assert_eq!(Encoding::of_name("latin-1"), None);
}

#[test]
fn half_a_character_of_utf_16_is_no_endless_loop() {
    for bytes in [&b"\xFE\xFFy"[..], b"\xFF\xFEy", b"\xFE\xFF", b"\xFF\xFEy\0,\0x"] {
        assert!(read(&Source::bytes("a.csv", bytes), &CsvOptions::default()).is_err(), "{bytes:?}");
    }
}

#[test]
fn numbers_written_the_other_way_are_no_factor_by_accident() {
    let said = |text: &str| {
        let d = load(text).unwrap();
        let x = d.column("x").unwrap();
        (x.misread, x.as_numbers().unwrap_err().to_string())
    };
    assert_eq!(
        said("year;y;x\n2001;5;1.234\n2002;6;5\n"),
        (true, "`1.234` in column `x` is not a number\n  at a.csv:2:8\n    2001;5;1.234\n           ^^^^^\n  \
         help: it may be either: `--decimal ','` reads it as 1234, `--decimal '.'` reads it as 1.234 (in a study file: `decimal`)".into())
    );
    assert_eq!(
        said("year;y;x\n2001;5;0.25\n2002;6;1.234\n2003;6;2,5\n").1,
        "`2,5` in column `x` is not a number\n  at a.csv:4:8\n    2003;6;2,5\n           ^^^\n  \
         help: the decimal character of other cells is `.`: write this one the same way"
    );
    // No option can read both columns.
    assert_eq!(
        said("year;y;z;x\n2001;5;0.25;0,5\n2002;6;0.75;1,5\n"),
        (
            true,
            "`0,5` in column `x` is not a number\n  at a.csv:2:13\n    2001;5;0.25;0,5\n                ^^^\n  \
         help: the decimal character of other cells is `.`: write this one the same way"
                .into()
        )
    );
    let d = load("year,y,x\n2001,5,a\n2002,6,2.5\n2003,7,b\n").unwrap();
    assert!(!d.column("x").unwrap().misread && d.column("x").unwrap().spoiled.is_none());
}

#[test]
fn dates_say_nothing_of_the_decimal_character() {
    for text in ["시점;y;x\n2016.8;5;0,5\n2016.9;6;1,5\n", "when;y;x\n2016.8;5;0,5\n2016.9;6;1,5\n"] {
        let t = table(text).unwrap();
        assert_eq!(t.dialect.decimal, Decimal { point: b',', groups: true }, "{text}");
        let time = TimeOptions { time: Some(t.columns[0].name.clone()), ..TimeOptions::default() };
        let (d, _) = build::from_table(&t, "y", &time).unwrap();
        assert_eq!((d.grid.first.to_string(), numbers(&d, "x")), ("2016-08".into(), vec![0.5, 1.5]), "{text}");
    }
}

#[test]
fn text_in_no_known_encoding_names_the_byte() {
    let mut bytes = b"year,y,city\n2001,5,Montr".to_vec();
    bytes.extend(b"\xE9al\n");
    let e = read(&Source::bytes("a.csv", bytes), &CsvOptions::default()).unwrap_err().to_string();
    assert_eq!(
        e,
        "not UTF-8 text: byte 0xE9 at position 25\n  at a.csv:2:13\n  \
         help: save the file as UTF-8 (UTF-16 and EUC-KR text is read, too; `--encoding` says which)"
    );
}
