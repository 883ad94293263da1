use farc::Isolated;

#[derive(Isolated)]
enum Never {}

fn main() {}
