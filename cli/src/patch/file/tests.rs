use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Rules {
    parse(text, Path::new("a.toml")).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn wrong(text: &str) -> String {
    match parse(text, Path::new("a.toml")) {
        Ok(rules) => panic!("{rules:?}"),
        Err(wrong) => wrong.to_string(),
    }
}

#[test]
fn ends_are_texts_tables_and_lists_of_both() {
    let rules = read(
        "# A comment.
         [[connect]]
         from = 'keys'
         to = ['synth:in*', { client = \"a:b\", port = 3, kind = 'program' }]
         exclusive = true

         [[forbid]]
         from = { card = 'K?', usb = '0582:01aF', serial = 'SN\\*', usb_port = '1-2.4' }
         to = '*:*'
         except = { from = 'a', to = 'b' }

         [[connect]]
         from = 'keys:1'
         to = [{ port = 'in' }, 'a:+0']
        ",
    );
    let [first, second] = rules.connects.as_slice() else {
        panic!("{rules:?}");
    };
    assert_eq!(first.place.to_string(), "a.toml:2");
    assert!(first.exclusive && !second.exclusive);
    assert_eq!(first.from[0].client, Some(Pattern::new("keys")));
    assert_eq!(first.from[0].port, None);
    let named = |text| Some(PortChoice::Named(Pattern::new(text)));
    assert_eq!(first.to[0].port, named("in*"));
    assert_eq!(first.to[1].client, Some(Pattern::new("a:b")));
    assert_eq!(first.to[1].port, Some(PortChoice::Number(3)));
    assert_eq!(first.to[1].kind, Some(PortKind::Program));
    assert_eq!(second.from[0].port, Some(PortChoice::Number(1)));
    assert_eq!(second.to[1].port, named("+0"));
    let forbid = &rules.forbids[0];
    assert_eq!(forbid.place.to_string(), "a.toml:7");
    assert_eq!(forbid.from[0].usb, Some((0x0582, 0x01af)));
    assert_eq!(forbid.from[0].serial, Some(Pattern::new("SN\\*")));
    assert_eq!(forbid.to[0].port, named("*"));
    assert_eq!(forbid.except.len(), 1);
}

#[test]
fn a_mistake_is_reported_with_its_line() {
    for (text, said) in [
        (
            "[[connect]]\nfrom = 'a'\n",
            "a.toml:1: this rule has no `to`",
        ),
        (
            "[[connect]]\nto = 'a'\n",
            "a.toml:1: this rule has no `from`",
        ),
        (
            "[[connect]]\nfrom = 'a'\nto = 'b'\nfro = 'c'",
            "a.toml:4: `fro` is not allowed here, only from, to and exclusive",
        ),
        (
            "\n[[conect]]\n",
            "a.toml:2: `conect` is not allowed here, only [[connect]] and [[forbid]]",
        ),
        (
            "[connect]\nfrom = 'a'\nto = 'b'",
            "a.toml:1: write [[connect]] before each of these rules",
        ),
        (
            "[[connect]]\nfrom = ''\nto = 'b'",
            "a.toml:2: a name is missing; * matches any name",
        ),
        (
            "[[connect]]\nfrom = 'a:'\nto = 'b'",
            "a.toml:2: a name is missing; * matches any name",
        ),
        (
            "[[connect]]\nfrom = 'a:b:c'\nto = 'b'",
            "a.toml:2: write a name that contains a colon as",
        ),
        (
            "[[connect]]\nfrom = []\nto = 'b'",
            "a.toml:2: the list is empty",
        ),
        (
            "[[connect]]\nfrom = {}\nto = 'b'",
            "a.toml:2: this end of a connection is empty",
        ),
        (
            "[[connect]]\nfrom = 1\nto = 'b'",
            "a.toml:2: an end of a connection is",
        ),
        (
            "[[connect]]\nfrom = { usb = '1:2' }\nto = 'b'",
            "a.toml:2: `usb` must be \"vendor:product\"",
        ),
        (
            "[[connect]]\nfrom = { usb = '+582:01af' }\nto = 'b'",
            "a.toml:2: `usb` must be",
        ),
        (
            "[[connect]]\nfrom = { usb = '0582:*' }\nto = 'b'",
            "a.toml:2: `usb` must be \"vendor:product\", such as \"0582:01af\", without wildcards",
        ),
        (
            "[[connect]]\nfrom = { kind = 'hard*' }\nto = 'b'",
            "a.toml:2: `kind` must be \"hardware\" or \"program\", without wildcards",
        ),
        (
            "[[connect]]\nfrom = { port = 256 }\nto = 'b'",
            "a.toml:2: a port number is from 0 to 255",
        ),
        (
            "[[connect]]\nfrom = { port = -1 }\nto = 'b'",
            "a.toml:2: a port number is from 0 to 255",
        ),
        (
            "[[connect]]\nfrom = 'a:300'\nto = 'b'",
            "a.toml:2: a port number is from 0 to 255; write",
        ),
        (
            "[[connect]]\nfrom = 'a:000'\nto = 'b'",
            "a.toml:2: a port number is from 0 to 255; write",
        ),
        (
            "[[connect]]\nfrom = { kind = 'x' }\nto = 'b'",
            "a.toml:2: `kind` must be",
        ),
        (
            "[[connect]]\nfrom = { serial = 5 }\nto = 'b'",
            "a.toml:2: `serial` must be a \"text\"",
        ),
        (
            "[[connect]]\nfrom = { name = 'x' }\nto = 'b'",
            "a.toml:2: `name` is not allowed here",
        ),
        (
            "[[connect]]\nfrom = 'a'\nto = 'b'\nexclusive = 1",
            "a.toml:4: `exclusive` must be true or false",
        ),
        (
            "[[forbid]]\nfrom = 'a'\nto = 'b'\nexcept = 'c'",
            "a.toml:4: `except` must be",
        ),
        (
            "[[connect]]\nfrom = 'a'\nfrom = 'b'",
            "a.toml:3: duplicate key",
        ),
        ("[[connect]]\nfrom = \"a", "a.toml:2: "),
        ("a\n", "a.toml:1: "),
    ] {
        let found = wrong(text);
        assert!(found.starts_with(said), "{text:?}: {found}");
        assert!(!found.contains('\n'), "{found:?}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!(
        "[[connect]]\nfrom = {}{}\nto = 'b'\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(wrong(&text).starts_with("a.toml:2: "));
    let text = format!("[[connect]]\nfrom.{}x = 1\n", "a.".repeat(100_000));
    assert!(wrong(&text).starts_with("a.toml:"));
}

#[test]
fn files_that_are_not_ordinary_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rules.toml");
    let said = |path: &Path| super::read(path).map(drop).unwrap_err().to_string();
    fs::write(&path, b"# \xff\n").unwrap();
    assert!(
        said(&path).ends_with("rules.toml: line 1 is not UTF-8"),
        "{}",
        said(&path)
    );
    fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(
        said(&path).ends_with("it is longer than 1 MiB"),
        "{}",
        said(&path)
    );
    let device = Path::new("/dev/zero");
    assert!(said(device).ends_with("it is not an ordinary file"));
    assert!(said(directory.path()).ends_with("it is not an ordinary file"));
    let text = "[[connect]]\nfrom = 'a'\nto = 'b'\n".repeat(MOST + 1);
    fs::write(&path, text).unwrap();
    let too_many = "there are more than 4096 rules";
    assert!(said(&path).ends_with(too_many), "{}", said(&path));
    let half = "[[forbid]]\nfrom = 'a'\nto = 'b'\n".repeat(MOST / 2 + 1);
    let other = path.with_file_name("other.toml");
    fs::write(&path, &half).unwrap();
    fs::write(&other, &half).unwrap();
    let sources = open_all(&[path, other]).unwrap();
    let said = read_all(&sources).map(drop).unwrap_err().to_string();
    assert!(said.ends_with(too_many), "{said}");
}

#[test]
fn a_directory_has_the_rules_of_its_files() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    let rule = "[[connect]]\nfrom = 'a'\nto = 'b'\n";
    write("b.toml", rule);
    write("a.toml", rule);
    write(".hidden.toml", "wrong");
    write("readme.txt", "wrong");
    let paths = [directory.path().to_owned(), directory.path().join("b.toml")];
    let rules = read_all(&open_all(&paths).unwrap()).unwrap();
    // Each file is read once.
    assert_eq!(rules.len(), 2);
    let files = rules.connects.iter().map(|rule| rule.place.to_string());
    let files: Vec<String> = files.collect();
    assert!(
        files[0].ends_with("a.toml:1") && files[1].ends_with("b.toml:1"),
        "{files:?}"
    );
}

proptest! {
    #[test]
    fn no_text_causes_a_panic(
        words in "(\\[\\[connect\\]\\]\n|\\[\\[forbid\\]\\]\n|from = |to = |except = |'a*:\\\\?1'|\"\\\\u0007\\\\\"\"|\\{ client = 'a', port = 7, serial = \"\\\\\\\\*\" \\}|\\[|\\]|\n|, |=|x){0,24}",
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        check(words.as_bytes());
        check(&bytes);
    }
}
