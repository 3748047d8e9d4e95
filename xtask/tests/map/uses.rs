//! The names of the own crate in a source file.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path from the root of the crate; `*` means all items of a module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// Every path in the file that begins with `crate`, `self` or `super`, or with a part of the
/// module: in a `use`, in code, or in a macro. `module` is the path of the file.
pub(crate) fn uses(source: &str, module: &[String]) -> Vec<Use> {
    let mut found = Vec::new();
    let trees = parse(source);
    walk(&trees, module, &parts(&trees), &mut found);
    found
}

/// The imports of the file by `use`, as the name and the path.
pub(crate) fn imports(source: &str) -> Vec<(String, Vec<String>)> {
    let trees = parse(source);
    let mut found = Vec::new();
    for (index, tree) in trees.iter().enumerate() {
        if is(tree, "use") {
            let mut paths = Vec::new();
            follow(&trees[index + 1..], Vec::new(), &mut paths);
            found.extend(paths.into_iter().map(|(name, used)| (name, used.path)));
        }
    }
    found
}

/// The modules that the file declares, at any depth.
pub(crate) fn declared(source: &str) -> Vec<String> {
    parts(&parse(source))
}

fn parse(source: &str) -> Vec<TokenTree> {
    let tokens: TokenStream = source.parse().expect("the file is Rust");
    tokens.into_iter().collect()
}

/// The modules that are declared here.
fn parts(trees: &[TokenTree]) -> Vec<String> {
    let declared = trees.windows(2).filter(|pair| is(&pair[0], "mod"));
    declared.map(|pair| pair[1].to_string()).collect()
}

fn walk(trees: &[TokenTree], module: &[String], parts: &[String], found: &mut Vec<Use>) {
    let mut rest = trees;
    while let [first, behind @ ..] = rest {
        rest = behind;
        if let TokenTree::Group(group) = first {
            walk(&trees_of(group), module, parts, found);
        }
        if let [TokenTree::Ident(name), TokenTree::Group(body), further @ ..] = behind {
            if is(first, "mod") && body.delimiter() == Delimiter::Brace {
                let (trees, inner) = (trees_of(body), [module, &[name.to_string()]].concat());
                walk(&trees, &inner, &self::parts(&trees), found);
                rest = further;
            }
        }
        let Some(mut path) = after_colons(behind) else {
            continue;
        };
        let name = first.to_string();
        let mut base = match &*name {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => parent(module),
            _ if parts.contains(&name) => [module, &[name]].concat(),
            _ => {
                // The path is of another crate, or of a type. The following part begins no path.
                while let Some(further) = after_colons(&path[1..]) {
                    path = further;
                }
                rest = &path[1..];
                continue;
            }
        };
        while let Some(further) = after_colons(&path[1..]).filter(|_| is(&path[0], "super")) {
            base = parent(&base);
            path = further;
        }
        rest = path;
        let mut paths = Vec::new();
        follow(path, base, &mut paths);
        found.extend(paths.into_iter().map(|(_, used)| used));
    }
}

/// Collects the paths at the beginning of `trees`, each with its imported name.
fn follow(trees: &[TokenTree], mut path: Vec<String>, found: &mut Vec<(String, Use)>) {
    let [first, rest @ ..] = trees else { return };
    let line = first.span().start().line;
    match first {
        TokenTree::Ident(name) if name != "self" => path.push(name.to_string()),
        TokenTree::Ident(_) => {}
        TokenTree::Punct(star) if star.as_char() == '*' => path.push("*".to_owned()),
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let inner = trees_of(group);
            for part in inner.split(|tree| is_punct(tree, ',')) {
                follow(part, path.clone(), found);
            }
            return;
        }
        _ => {}
    }
    if let Some(rest) = after_colons(rest) {
        return follow(rest, path, found);
    }
    let name = match rest {
        [as_, name, ..] if is(as_, "as") => name.to_string(),
        _ => path.last().cloned().unwrap_or_default(),
    };
    found.push((name, Use { line, path }));
}

fn trees_of(group: &proc_macro2::Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// Returns the part after `::`.
fn after_colons(trees: &[TokenTree]) -> Option<&[TokenTree]> {
    match trees {
        [first, second, rest @ ..] if is_punct(first, ':') && is_punct(second, ':') => Some(rest),
        _ => None,
    }
}

fn is(tree: &TokenTree, word: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == word)
}

fn is_punct(tree: &TokenTree, char: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == char)
}

fn parent(module: &[String]) -> Vec<String> {
    module
        .split_last()
        .map_or_else(Vec::new, |(_, up)| up.to_vec())
}
