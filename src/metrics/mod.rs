//! Every metric's name, labels and help, in one catalogue.
