<?php
// What the PHP programs share: the place they work on and the report of their cells.

const TEXT = "Grüße, 漢字, 😀, \\ ' \" % \n\t";
const DOCUMENT = '{"list": [1, 2.5, null, true], "name": "ü😀"}';

define('TABLE', getenv('DB_TABLE'));
define('SHARDED', getenv('DB_SHARDED') !== false && getenv('DB_SHARDED') !== '');

class Skip extends Exception {}

function sku(): int
{
    static $last = null;
    return $last = ($last ?? (int) getenv('DB_SKU')) + 1;
}

function same(mixed $got, mixed $wanted): void
{
    if ($got !== $wanted) {
        throw new Exception('got ' . substr(var_export($got, true), 0, 200) . ', wanted ' . substr(var_export($wanted, true), 0, 200));
    }
}

function is_logical(string $text): void
{
    if (preg_match('/\b(item|inv_stock|inv_reservation)_\d+|\becom_\d/', $text, $leak)) {
        throw new Exception("actual name $leak[0] in $text");
    }
}

/** Runs the cells that the command line names, or all. */
function run_cells(array $cells): void
{
    $only = array_slice($_SERVER['argv'], 1);
    foreach ($cells as $name => $cell) {
        if ($only && !in_array($name, $only)) {
            continue;
        }
        try {
            $cell();
            echo "$name\tok\t\n";
        } catch (Skip $reason) {
            echo "$name\tskip\t{$reason->getMessage()}\n";
        } catch (Throwable $fault) {
            $line = $fault->getLine();
            foreach ($fault->getTrace() as $frame) {
                $line = str_contains($frame['file'] ?? '', 'use_') ? $frame['line'] : $line;
            }
            echo "$name\tfail\t", preg_replace('/\s+/', ' ', $fault->getMessage()), " (line $line)\n";
        }
    }
    echo "end\tok\t\n";
}
