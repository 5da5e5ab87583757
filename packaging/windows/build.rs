//! Gives the program on Windows its icon, its version and its manifest. Elsewhere there is nothing to do.

fn main() {
    println!("cargo::rerun-if-changed=packaging/windows");
    println!("cargo::rerun-if-changed=packaging/icons/purrtrait.ico");
    if std::env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return;
    }
    let version = env!("CARGO_PKG_VERSION");
    let macros = [format!("NUMBERS={},0", version.replace('.', ",")), format!("VERSION={version}")];
    // A system that cannot compile it builds a program without them, and cargo shows why.
    if let Err(error) =
        embed_resource::compile_for("packaging/windows/purrtrait.rc", ["purrtrait"], macros).manifest_optional()
    {
        println!("cargo::warning=no icon and no version in the program: {error}");
    }
}
